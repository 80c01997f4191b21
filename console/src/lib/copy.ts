import { t } from '../i18n/i18n.svelte';
import { toasts } from './toasts.svelte';

// Puts a text into the clipboard. Where the browser does not allow it (a page that did not come over TLS), the text is
// selected, so that one key press copies it; the answer says which of the two happened.
export async function copy_text(text: string, shown: HTMLElement | undefined): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown) {
      const range = document.createRange();
      range.selectNodeContents(shown);
      const selection = getSelection();
      selection?.removeAllRanges();
      selection?.addRange(range);
    }
    return false;
  }
}
// The same, and a toast that says what happened.
export async function copy_told(text: string, shown: HTMLElement | undefined): Promise<void> {
  toasts.show(t((await copy_text(text, shown)) ? 'common.copied' : 'common.selected'));
}

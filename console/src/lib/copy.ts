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

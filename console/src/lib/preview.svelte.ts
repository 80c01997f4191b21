// What a definition would come to, asked of the server a moment after the last change. An answer to what has changed
// meanwhile is dropped.
import { untrack } from 'svelte';

const kPauseMs = 350;

// Call it while a component is made. `told`: an answer, or why there is none; neither: it is not complete enough to be asked about.
export function preview_after_pause<T>(now: () => { body: string; complete: boolean }, ask: (body: string) => Promise<T>, told: (body: string, answer: T | null, error: unknown) => void) {
  async function run(body: string) {
    try {
      const answer = await ask(body);
      if (body === now().body) told(body, answer, null);
    } catch (e) { if (body === now().body) told(body, null, e); }
  }
  $effect(() => {
    const { body, complete } = now();
    if (!complete) { untrack(() => told(body, null, null)); return; }
    const timer = setTimeout(() => untrack(() => void run(body)), kPauseMs);
    return () => clearTimeout(timer);
  });
}

import { untrack } from 'svelte';

// What the command palette offers beside the pages: each page lists its own commands while it is shown.
export interface Command { id: string; label: string; keys?: string; run: () => void; disabled?: boolean }

class CommandList {
  sources = $state.raw<(() => Command[])[]>([]);
  open = $state(false);
  help = $state(false);
  provide(source: () => Command[]): () => void {
    // Untracked: an effect that provides commands must not run again because of it.
    untrack(() => { this.sources = [...this.sources, source]; });
    return () => { untrack(() => { this.sources = this.sources.filter((other) => other !== source); }); };
  }
  get all(): Command[] { return this.sources.flatMap((source) => source()).filter((c) => !c.disabled); }
}
export const commands = new CommandList();

// "ghép" finds "Ghép", "ghep" finds both: diacritics are optional when searching.
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();
}
export function matches(text: string, query: string): boolean {
  const haystack = folded(text);
  return folded(query).split(/\s+/).every((word) => haystack.includes(word));
}

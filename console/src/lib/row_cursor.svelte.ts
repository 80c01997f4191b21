// The row the keyboard acts on. It is a row's id, so that it stays with its row while others come and go above; and a place,
// for when that row is gone or not in memory: the keys then act on what stands there, and never on nothing.
import type { PagedList } from './paged_list.svelte';

export class RowCursor<T extends { id: string }> {
  id = $state('');
  #row = $state(0);

  constructor(readonly list: PagedList<T>) {}

  get index(): number {
    const found = this.list.index_of(this.id);
    return found >= 0 ? found : Math.min(this.#row, this.list.length - 1);
  }
  get item(): T | undefined { return this.list.at(this.index); }
  // To this row, read or not; returns it, or -1 in an empty list.
  to(row: number): number {
    const next = Math.min(Math.max(0, row), this.list.length - 1);
    if (next < 0) return -1;
    this.#row = next;
    this.id = this.list.at(next)?.id ?? '';
    return next;
  }
  // After every change of the list: the place follows its row, and a place whose row is read now takes it.
  settle() {
    const found = this.list.index_of(this.id);
    if (found >= 0) this.#row = found;
    else this.id = this.item?.id ?? '';
  }
}

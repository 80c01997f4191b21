// A list of any length read through cursors. Pages far from the view are let go and read again when they come back,
// so that memory stays bounded (kPagesKept pages) however far a person scrolls.
import type { List } from './types';

export type ReadPage<T> = (cursor: string | null, limit: number, signal: AbortSignal) => Promise<List<T>>;
interface Page<T> { cursor: string | null; items: T[] | null; size: number }

const kPagesKept = 24;

export class PagedList<T extends { id: string }> {
  // The arrays are not reactive by themselves (they may be long); `version` stands for them.
  version = $state(0);
  loading = $state(false);
  done = $state(false);
  error = $state.raw<unknown>(null);
  length = $state(0);
  ready = $state(false);

  #pages: Page<T>[] = [];
  #next: string | null = null;
  #abort = new AbortController();
  #refilling = new Set<Page<T>>();

  constructor(readonly read: ReadPage<T>, readonly limit = 200) {}

  // Starts anew, keeping what is shown until the first page is there.
  async reset(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const signal = this.#abort.signal;
    this.loading = true;
    this.error = null;
    try {
      const list = await this.read(null, this.limit, signal);
      if (signal.aborted) return;
      this.#pages = [{ cursor: null, items: list.items, size: list.items.length }];
      this.#next = list.next_cursor;
      this.done = list.next_cursor === null || list.next_cursor === '';
      this.ready = true;
      this.#changed();
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }
  async load_more(): Promise<void> {
    if (this.loading || this.done || !this.ready) return;
    const signal = this.#abort.signal;
    const cursor = this.#next;
    this.loading = true;
    this.error = null;
    try {
      const list = await this.read(cursor, this.limit, signal);
      if (signal.aborted) return;
      this.#pages.push({ cursor, items: list.items, size: list.items.length });
      this.#next = list.next_cursor;
      this.done = !list.next_cursor || list.items.length === 0;
      this.#changed();
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }
  at(index: number): T | undefined {
    void this.version;
    const place = this.#locate(index);
    return place ? place.page.items?.[place.offset] : undefined;
  }
  index_of(id: string): number {
    void this.version;
    let start = 0;
    for (const page of this.#pages) {
      const offset = page.items?.findIndex((item) => item.id === id) ?? -1;
      if (offset >= 0) return start + offset;
      start += page.size;
    }
    return -1;
  }
  find(id: string): T | undefined {
    const index = this.index_of(id);
    return index < 0 ? undefined : this.at(index);
  }
  // The rows first..last are in view: reads what is missing there, reads on near the end, lets far pages go.
  view(first: number, last: number) {
    if (last >= this.length - this.limit / 2) void this.load_more();
    let start = 0;
    let middle = 0;
    this.#pages.forEach((page, i) => {
      const end = start + page.size;
      if (end > first && start <= last) {
        middle = i;
        if (!page.items) void this.#refill(page);
      }
      start = end;
    });
    this.#pages.forEach((page, i) => {
      // The first page may have grown by live rows and is what a person comes back to: it stays.
      if (i > 0 && Math.abs(i - middle) > kPagesKept / 2) page.items = null;
    });
  }
  patch(item: T): boolean {
    for (const page of this.#pages) {
      const offset = page.items?.findIndex((other) => other.id === item.id) ?? -1;
      if (offset >= 0) {
        page.items = page.items!.map((other, i) => (i === offset ? item : other));
        this.#changed();
        return true;
      }
    }
    return false;
  }
  remove(id: string) {
    for (const page of this.#pages) {
      if (!page.items?.some((item) => item.id === id)) continue;
      page.items = page.items.filter((item) => item.id !== id);
      page.size = page.items.length;
      this.#changed();
    }
  }
  // Reads the newest rows again: known ones are brought up to date, new ones go on top. Returns how many were new.
  async refresh_top(): Promise<number> {
    const signal = this.#abort.signal;
    let list: List<T>;
    try {
      list = await this.read(null, this.limit, signal);
    } catch (error) {
      if (!signal.aborted) this.error = error;
      return 0;
    }
    const top = this.#pages[0];
    if (signal.aborted || !top?.items) return 0;
    this.error = null;
    const fresh: T[] = [];
    for (const item of list.items) {
      if (!this.patch(item)) fresh.push(item);
    }
    if (fresh.length > 0) {
      top.items = [...fresh, ...top.items];
      top.size = top.items.length;
      this.#changed();
    }
    return fresh.length;
  }

  get pages_in_memory(): number { return this.#pages.filter((page) => page.items).length; }

  async #refill(page: Page<T>) {
    if (this.#refilling.has(page)) return;
    this.#refilling.add(page);
    const signal = this.#abort.signal;
    try {
      const list = await this.read(page.cursor, this.limit, signal);
      if (signal.aborted) return;
      page.items = list.items;
      page.size = list.items.length;
      this.#changed();
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      this.#refilling.delete(page);
    }
  }
  #locate(index: number): { page: Page<T>; offset: number } | null {
    if (index < 0) return null;
    for (const page of this.#pages) {
      if (index < page.size) return { page, offset: index };
      index -= page.size;
    }
    return null;
  }
  #changed() {
    let length = 0;
    for (const page of this.#pages) length += page.size;
    this.length = length;
    this.version++;
  }
}

// A list of any length read through cursors. Pages far from the view are let go and read again when they come back,
// so that memory stays bounded (kPagesKept pages) however far a person scrolls. Finding a row or an id does not depend
// on how many pages were passed.
import type { List } from './types';

export type ReadPage<T> = (cursor: string | null, limit: number, signal: AbortSignal) => Promise<List<T>>;
// `head` and `last_id` stay when the items are let go: where new rows belong, and where the page ends.
interface Page<T> { cursor: string | null; items: T[] | null; size: number; start: number; head: T | undefined; last_id: string }

const kPagesKept = 24;
const kReadMax = 500; // what the server gives at most
const kAhead = 1.5; // pages read before the view gets there

export class PagedList<T extends { id: string }> {
  // The arrays are not reactive by themselves (they may be long); `version` stands for them.
  version = $state(0);
  loading = $state(false);
  done = $state(false);
  error = $state.raw<unknown>(null);
  length = $state(0);
  ready = $state(false);

  #pages: Page<T>[] = [];
  #page_of = new Map<string, Page<T>>(); // ids whose items are in memory
  #next: string | null = null;
  #abort = new AbortController();
  #refilling = new Set<Page<T>>();
  #view = { first: 0, last: 0 };

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
      this.#pages = [];
      this.#page_of.clear();
      this.#add_page(null, list);
      this.ready = true;
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
      if (!signal.aborted) this.#add_page(cursor, list);
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }
  at(index: number): T | undefined {
    void this.version;
    const page = this.#page_at(index);
    return page?.items?.[index - page.start];
  }
  index_of(id: string): number {
    void this.version;
    const page = this.#page_of.get(id);
    if (!page) return -1;
    const offset = this.#offset_in(page, id);
    return offset < 0 ? -1 : page.start + offset;
  }
  find(id: string): T | undefined {
    const page = this.#page_of.get(id);
    return page?.items?.find((item) => item.id === id);
  }
  // The rows first..last are in view: reads what is missing there, reads on near the end, lets far pages go.
  view(first: number, last: number) {
    this.#view = { first, last };
    if (last >= this.length - this.limit * kAhead) void this.load_more();
    const from = this.#index_of_page(first);
    const to = this.#index_of_page(Math.min(last, this.length - 1));
    for (let i = from; i >= 0 && i <= to; i++) {
      const page = this.#pages[i]!;
      if (!page.items) void this.#refill(page);
    }
    // The first page may have grown by live rows and is what a person comes back to: it stays.
    if (this.#page_of.size > (kPagesKept + 1) * this.limit) this.#let_go((i) => i > 0 && Math.abs(i - from) > kPagesKept / 2);
  }
  patch(item: T): boolean {
    const page = this.#page_of.get(item.id);
    const offset = page ? this.#offset_in(page, item.id) : -1;
    if (!page || offset < 0) return false;
    page.items![offset] = item;
    this.version++;
    return true;
  }
  remove(id: string) {
    const page = this.#page_of.get(id);
    if (!page?.items) return;
    this.#fill(page, page.items.filter((item) => item.id !== id));
    this.#page_of.delete(id);
    this.#changed();
  }
  // Puts a new row before the first one for which `before` holds (false for a while, then true). Returns its place, or
  // -1 if that lies beyond what was read so far.
  insert(item: T, before: (other: T) => boolean): number {
    const next = this.#pages.findIndex((page) => page.head !== undefined && before(page.head));
    const earlier = this.#pages[next < 0 ? this.#pages.length - 1 : next - 1];
    let offset = earlier?.items ? earlier.items.findIndex(before) : -1;
    let page = earlier;
    if (offset < 0) {
      if (next >= 0) { page = this.#pages[next]; offset = 0; }
      else if (this.done && page?.items) offset = page.items.length;
    }
    if (!page?.items || offset < 0) return -1;
    this.#fill(page, [...page.items.slice(0, offset), item, ...page.items.slice(offset)]);
    this.#changed();
    return page.start + offset;
  }
  // Reads the first rows again: known ones are brought up to date, new ones are put in their place. What lies further
  // down and is not in view is read again when it is come to. Returns the places of the new rows.
  async refresh_top(before: (fresh: T, other: T) => boolean = () => true): Promise<number[]> {
    const signal = this.#abort.signal;
    let list: List<T>;
    try {
      list = await this.read(null, this.limit, signal);
    } catch (error) {
      if (!signal.aborted) this.error = error;
      return [];
    }
    if (signal.aborted || !this.#pages[0]?.items) return [];
    this.error = null;
    const places: number[] = [];
    for (const item of [...list.items].reverse()) {
      if (!this.patch(item)) places.push(this.insert(item, (other) => before(item, other)));
    }
    const { first, last } = this.#view;
    this.#let_go((i, page) => i > 0 && (page.start > last || page.start + page.size <= first));
    return places.filter((place) => place >= 0);
  }

  get pages_in_memory(): number { return this.#pages.filter((page) => page.items).length; }

  #add_page(cursor: string | null, list: List<T>) {
    // A row that has moved meanwhile (raised again) may come twice: the first place holds.
    const items = list.items.filter((item) => !this.#page_of.has(item.id));
    const page: Page<T> = { cursor, items: null, size: 0, start: this.length, head: undefined, last_id: '' };
    this.#fill(page, items);
    this.#pages.push(page);
    this.#next = list.next_cursor;
    this.done = !list.next_cursor || list.items.length === 0;
    this.#changed();
  }
  #fill(page: Page<T>, items: T[]) {
    page.items = items;
    page.size = items.length;
    page.head = items[0];
    page.last_id = items.at(-1)?.id ?? '';
    for (const item of items) this.#page_of.set(item.id, page);
  }
  #let_go(which: (index: number, page: Page<T>) => boolean) {
    this.#pages.forEach((page, i) => {
      if (!page.items || !which(i, page)) return;
      for (const item of page.items) this.#page_of.delete(item.id);
      page.items = null;
    });
  }
  async #refill(page: Page<T>) {
    if (this.#refilling.has(page)) return;
    this.#refilling.add(page);
    const signal = this.#abort.signal;
    try {
      const list = await this.read(page.cursor, Math.min(kReadMax, page.size + this.limit / 2), signal);
      if (signal.aborted) return;
      const end = list.items.findIndex((item) => item.id === page.last_id);
      this.#fill(page, list.items.slice(0, end < 0 ? page.size : end + 1).filter((item) => (this.#page_of.get(item.id) ?? page) === page));
      this.#changed();
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      this.#refilling.delete(page);
    }
  }
  #offset_in(page: Page<T>, id: string): number {
    return page.items?.findIndex((item) => item.id === id) ?? -1;
  }
  // The last page that starts at or before the row.
  #index_of_page(row: number): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#pages[middle]!.start <= row) low = middle; else high = middle - 1;
    }
    return high;
  }
  #page_at(row: number): Page<T> | undefined {
    const page = row < 0 ? undefined : this.#pages[this.#index_of_page(row)];
    return page && row < page.start + page.size ? page : undefined;
  }
  #changed() {
    let length = 0;
    for (const page of this.#pages) {
      page.start = length;
      length += page.size;
    }
    this.length = length;
    this.version++;
  }
}

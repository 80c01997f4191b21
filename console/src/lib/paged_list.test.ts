import { describe, expect, test } from 'vitest';
import { PagedList } from './paged_list.svelte';

interface Row { id: string; text: string }
// A server with `count` rows, newest (highest) first; the cursor is the id of the last row sent.
function server(count: number) {
  const rows = Array.from({ length: count }, (_, i) => ({ id: String(count - i), text: '' }));
  let reads = 0;
  return {
    rows,
    get reads() { return reads; },
    read: async (cursor: string | null, limit: number) => {
      reads++;
      const start = cursor === null ? 0 : rows.findIndex((r) => r.id === cursor) + 1;
      const items = rows.slice(start, start + limit);
      return { items, next_cursor: start + limit < rows.length ? items.at(-1)!.id : null };
    },
  };
}
const settled = async () => { for (let i = 0; i < 10; i++) await Promise.resolve(); };

describe('PagedList', () => {
  test('reads on as the view nears the end, up to half a million rows, in bounded memory', { timeout: 60_000 }, async () => {
    const { read, rows } = server(500_000);
    const list = new PagedList<Row>((cursor, limit) => Promise.resolve(
      { items: rows.slice(start_of(cursor), start_of(cursor) + limit), next_cursor: next(cursor, limit) }), 500);
    function start_of(cursor: string | null) { return cursor === null ? 0 : 500_000 - Number(cursor) + 1; }
    function next(cursor: string | null, limit: number) { const end = start_of(cursor) + limit; return end < 500_000 ? rows[end - 1]!.id : null; }
    void read;
    await list.reset();
    while (!list.done) {
      list.view(list.length - 40, list.length - 1);
      await settled();
    }
    expect(list.length).toBe(500_000);
    expect(list.at(499_999)!.id).toBe('1');
    expect(list.pages_in_memory).toBeLessThan(40);
  });
  test('reads a page again that it had let go', async () => {
    const list = new PagedList<Row>(server(4_000).read, 20);
    await list.reset();
    while (!list.done) { list.view(list.length - 5, list.length - 1); await settled(); }
    expect(list.at(30)).toBeUndefined();
    list.view(25, 35);
    await settled();
    expect(list.at(30)!.id).toBe(String(4_000 - 30));
  });
  test('puts new rows on top and brings known ones up to date', async () => {
    const remote = server(50);
    const list = new PagedList<Row>(remote.read, 20);
    await list.reset();
    remote.rows.unshift({ id: '51', text: 'new' });
    remote.rows[1] = { id: '50', text: 'changed' };
    expect(await list.refresh_top()).toEqual([0]);
    expect([list.at(0)!.id, list.at(1)!.text, list.length]).toEqual(['51', 'changed', 21]);
    expect(new Set(Array.from({ length: list.length }, (_, i) => list.at(i)!.id)).size).toBe(list.length);
  });
  test('an answer that comes too late does not replace a newer one', async () => {
    const waiting: ((items: Row[]) => void)[] = [];
    const list = new PagedList<Row>(() => new Promise((resolve) => { waiting.push((items) => resolve({ items, next_cursor: null })); }), 20);
    const first = list.reset();
    const second = list.reset();
    waiting[1]!([{ id: 'new', text: '' }]);
    waiting[0]!([{ id: 'old', text: '' }]);
    await Promise.all([first, second]);
    expect(list.at(0)!.id).toBe('new');
  });
  test('keeps what it has when reading on fails', async () => {
    const remote = server(50);
    let down = false;
    const list = new PagedList<Row>((cursor, limit) => (down ? Promise.reject(new Error('away')) : remote.read(cursor, limit)), 20);
    await list.reset();
    down = true;
    await list.load_more();
    expect(list.length).toBe(20);
    expect(list.error).toBeInstanceOf(Error);
    down = false;
    await list.load_more();
    expect(list.length).toBe(40);
  });
});

import { expect, test } from 'vitest';
import { PagedList } from './paged_list.svelte';
import { RowCursor } from './row_cursor.svelte';

interface Row { id: string }
const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, i) => ({ id: `r${from + i}` }));
// A server whose rows can change between two reads.
function listing(stored: { rows: Row[] }, limit = 10) {
  const list = new PagedList<Row>(async (cursor, size) => {
    const start = cursor ? stored.rows.findIndex((r) => r.id === cursor) + 1 : 0;
    const items = stored.rows.slice(start, start + size);
    return { items, next_cursor: start + size < stored.rows.length ? items.at(-1)!.id : null };
  }, limit);
  return { list, cursor: new RowCursor(list) };
}
const reads = () => new Promise((resolve) => { setTimeout(resolve, 0); });

test('nothing is chosen in an empty list, and moving does nothing', async () => {
  const { list, cursor } = listing({ rows: [] });
  await list.reset();
  expect(cursor.to(3)).toBe(-1);
  cursor.settle();
  expect(cursor.item).toBeUndefined();
});
test('it stays with its row while others come above', async () => {
  const { list, cursor } = listing({ rows: rows(0, 8) });
  await list.reset();
  cursor.to(2);
  cursor.settle();
  list.insert({ id: 'new' }, () => true);
  cursor.settle();
  expect([cursor.index, cursor.item?.id]).toEqual([3, 'r2']);
});
test('when its row is gone, the one that has its place is taken', async () => {
  const { list, cursor } = listing({ rows: rows(0, 8) });
  await list.reset();
  cursor.to(2);
  cursor.settle();
  list.remove('r2');
  cursor.settle();
  expect([cursor.index, cursor.item?.id]).toEqual([2, 'r3']);
});
test('the last row gone, the new last one is taken', async () => {
  const { list, cursor } = listing({ rows: rows(0, 3) });
  await list.reset();
  cursor.to(2);
  cursor.settle();
  list.remove('r2');
  cursor.settle();
  expect([cursor.index, cursor.item?.id]).toEqual([1, 'r1']);
});
// Live rows let go what is out of view; the page is read again when it is come to, here without the cursor's row.
test('a row let go by live rows: the keys go on from its place, not from the top', async () => {
  const stored = { rows: rows(0, 40) };
  const { list, cursor } = listing(stored);
  await list.reset();
  for (let i = 0; i < 3; i++) await list.load_more();
  cursor.to(25);
  cursor.settle();
  list.view(0, 5);
  await list.refresh_top();
  cursor.settle();
  expect(list.index_of('r25')).toBe(-1);
  expect(cursor.index).toBe(25);
  stored.rows = stored.rows.filter((r) => r.id !== 'r25');
  const next = cursor.to(cursor.index + 1);
  expect(next).toBe(26);
  list.view(20, 30);
  await reads();
  cursor.settle();
  expect(cursor.index).toBeGreaterThanOrEqual(25);
  expect(cursor.item?.id).toMatch(/^r2[67]$/);
});

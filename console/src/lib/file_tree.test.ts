import { describe, expect, test } from 'vitest';
import { closed_at_first, rows_of, tree_of } from './file_tree';
import type { FileState, TouchedFile } from './hosts';

const file = (path: string, score = 1, state: FileState = 'changed'): TouchedFile =>
  ({ path, at: '2026-11-24T03:00:00Z', from_type: 'application/pdf', to_type: '?', score, deed: 'rewritten', state });
const shown = (files: TouchedFile[], closed = new Set<string>()) => rows_of(tree_of(files), closed).map((row) => `${'  '.repeat(row.depth)}${row.name}`);

describe('tree of files', () => {
  test('a chain of folders is one row, as the whole path', () => {
    expect(shown([file('/srv/share/kế toán/b.pdf'), file('/srv/share/kế toán/a.pdf')])).toEqual(['/srv/share/kế toán', '  a.pdf', '  b.pdf']);
  });
  test('folders branch, numbers sort as numbers', () => {
    expect(shown([file('/srv/a/10.doc'), file('/srv/a/9.doc'), file('/srv/b/x/y/1.doc'), file('/srv/0.txt')]))
      .toEqual(['/srv', '  0.txt', '  a', '    9.doc', '    10.doc', '  b/x/y', '    1.doc']);
  });
  test('two trees without a common top', () => {
    expect(shown([file('/srv/a/1'), file('/home/an/2')])).toEqual(['/home/an', '  2', '/srv/a', '  1']);
  });
  test('a closed folder hides what it holds, and counts it', () => {
    const root = tree_of([file('/srv/a/1', 2), file('/srv/a/2', 7), file('/srv/b/3', 1, 'restored')]);
    const rows = rows_of(root, new Set(['/srv/a']));
    expect(rows.map((r) => r.name)).toEqual(['/srv', 'a', 'b', '3']);
    expect(rows[1]).toMatchObject({ kind: 'folder', count: 2, worst: 7, unhealed: 2, open: false });
    expect(rows[0]).toMatchObject({ count: 3, worst: 7, unhealed: 2, open: true });
  });
  test('the same file twice is two rows with different ids', () => {
    const rows = rows_of(tree_of([file('/srv/a'), { ...file('/srv/a'), at: '2026-11-24T03:00:01Z' }]), new Set());
    expect(new Set(rows.map((r) => r.id)).size).toBe(3);
    const later = rows_of(tree_of([{ ...file('/srv/a', 9), at: '2026-11-24T03:09:00Z' }, file('/srv/a')]), new Set());
    expect(later.map((r) => r.id)).toEqual(rows.map((r) => r.id));
  });
  test('nothing gives no rows; a file at the root is a row', () => {
    expect(shown([])).toEqual([]);
    expect(shown([file('/a'), file('/b/c')])).toEqual(['a', '/b', '  c']);
  });
  test('as deep as a path can be', () => {
    expect(shown([file(`/${'d/'.repeat(2000)}f`), file(`/${'d/'.repeat(1000)}g`)]).length).toBe(4);
  });
});

test('many files: the first level is open, below it all is closed', () => {
  const many = Array.from({ length: 5000 }, (_, i) => file(`/srv/share/${i % 10}/${i % 100}/${i}.doc`));
  const root = tree_of(many);
  const rows = rows_of(root, closed_at_first(root));
  expect(rows.length).toBe(11);
  expect(rows_of(root, new Set()).length).toBeGreaterThan(5000);
  expect(closed_at_first(tree_of(many.slice(0, 10))).size).toBe(0);
});

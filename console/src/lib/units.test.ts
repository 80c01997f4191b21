import { expect, it } from 'vitest';
import { parents_of, rows_of, step, type Unit } from './units';

const unit = (id: string, parent: string | null): Unit => ({ id, revision: 1, name: id, code: id, parent, tlp: null, contact: '', policy_id: null });
const units = [unit('root', null), unit('a', 'root'), unit('b', 'root'), unit('a1', 'a'), unit('a2', 'a')];
const ids = (rows: { unit: Unit }[]) => rows.map((row) => row.unit.id).join(' ');

it('puts each unit below its parent', () => {
  expect(ids(rows_of(units))).toBe('root a a1 a2 b');
  expect(rows_of(units).map((row) => row.level)).toEqual([1, 2, 3, 3, 2]);
  expect(ids(rows_of(units, new Set(['a'])))).toBe('root a b');
});

it('offers no parent below the unit itself', () => {
  expect(ids(parents_of(units, 'a'))).toBe('root b');
  expect(ids(parents_of(units, ''))).toBe('root a a1 a2 b');
});

it('goes through the tree by the keys', () => {
  const rows = rows_of(units), none = new Set<string>();
  expect(step(rows, 0, 'ArrowDown', none)).toEqual({ at: 1 });
  expect(step(rows, 4, 'ArrowDown', none)).toEqual({ at: 4 });
  expect(step(rows, 0, 'ArrowUp', none)).toEqual({ at: 0 });
  expect(step(rows, 1, 'ArrowLeft', none)).toEqual({ at: 1, fold: true });
  expect(step(rows, 2, 'ArrowLeft', none)).toEqual({ at: 1 });
  expect(step(rows, 1, 'ArrowRight', none)).toEqual({ at: 2 });
  const folded = new Set(['a']);
  expect(step(rows_of(units, folded), 1, 'ArrowRight', folded)).toEqual({ at: 1, fold: false });
  expect(step(rows, 2, 'End', none)).toEqual({ at: 4 });
  expect(step(rows, 2, 'x', none)).toBeNull();
});

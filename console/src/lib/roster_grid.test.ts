import { expect, test } from 'vitest';
import type { Shift } from './desk';
import { add_days, is_gap, monday_of, weeks_of } from './roster_grid';

const shift = (from: number, to: number, more: Partial<Shift> = {}): Shift => ({
  from: new Date(from).toISOString(), to: new Date(to).toISOString(), person: 'an', person_name: 'An', layer: null, stands_in_for: null,
  override_id: null, swapped_from: null, on_leave: false, ...more,
});
const monday = monday_of(new Date(2026, 8, 2, 14, 10).getTime());
const hour = 3_600_000;

test('a week begins on Monday at midnight', () => {
  const day = new Date(monday);
  expect([day.getDay(), day.getHours(), day.getMinutes(), day.getDate()]).toEqual([1, 0, 0, 31]);
  expect(monday_of(monday)).toBe(monday);
  expect(monday_of(add_days(monday, 6))).toBe(monday);
});
test('a shift over midnight is one piece in each day', () => {
  const weeks = weeks_of([shift(monday + 22 * hour, monday + 30 * hour)], monday, 1);
  expect(weeks[0]![0]!.pieces.map((p) => [p.start, p.size, p.begins])).toEqual([[22 / 24, 2 / 24, true]]);
  expect(weeks[0]![1]!.pieces.map((p) => [p.start, p.size, p.begins])).toEqual([[0, 6 / 24, false]]);
  expect(weeks[0]![2]!.pieces).toEqual([]);
});
test('the pieces of whole weeks fill every day', () => {
  const weeks = weeks_of([shift(monday - hour, add_days(monday, 9) + 7 * hour), shift(add_days(monday, 9) + 7 * hour, add_days(monday, 40), { person: null })], monday);
  for (const day of weeks.flat()) expect(day.pieces.reduce((sum, p) => sum + p.size, 0)).toBeCloseTo(1, 10);
  expect(weeks.flat().filter((day) => day.pieces.some((p) => is_gap(p.shift))).length).toBe(28 - 9);
});

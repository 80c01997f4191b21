import { expect, test } from 'vitest';
import { from_input, kWeekMinutes, to_input, week_minute, week_parts } from './local_time';

test('what a field shows comes back as the same minute', () => {
  for (const at of ['2026-09-01T19:10:00Z', '2026-12-31T17:00:00Z']) expect(from_input(to_input(at))).toBe(at);
});
test('an empty or half-typed field is no time', () => {
  expect(from_input('')).toBeNull();
  expect(from_input('2026-13-45T99:00')).toBeNull();
});
test('minutes of the week as weekday and time, there and back', () => {
  expect(week_parts(1320)).toEqual({ day: 0, time: '22:00' });
  expect(week_parts(1800)).toEqual({ day: 1, time: '06:00' });
  expect(week_parts(kWeekMinutes)).toEqual({ day: 0, time: '00:00' });
  expect(week_minute(1, '06:00')).toBe(1800);
});

import { beforeEach, expect, test } from 'vitest';
import { i18n } from '../i18n/i18n.svelte';
import { covered_share, percent_text } from './performance';

beforeEach(() => { i18n.language = 'vi'; });
test('a share is never rounded to all or nothing', () => {
  expect([0, 0.0001, 0.125, 0.99999, 1].map(percent_text)).toEqual(['0 %', '0,1 %', '12,5 %', '99,9 %', '100 %']);
});
test('coverage is of the time asked for', () => {
  const month = { from: '2026-11-01T00:00:00Z', to: '2026-11-11T00:00:00Z' };
  expect(covered_share(month, { uncovered_ms: 86_400_000 })).toBeCloseTo(0.9);
  expect(covered_share({ from: month.from, to: month.from }, { uncovered_ms: 0 })).toBe(0);
});

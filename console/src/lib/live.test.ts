import { describe, expect, test } from 'vitest';
import { next_pause_ms } from './live.svelte';
import { pictures_of } from './pictures';
import { tour_step } from './tour_step';
import type { Snapshot } from './types';

describe('reconnecting', () => {
  test('waits longer each time, up to half a minute', () => {
    const pauses = [];
    for (let pause = 0, i = 0; i < 8; i++) pauses.push((pause = next_pause_ms(pause)));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });
});

describe('tour_step', () => {
  const running = { state: 'running', defaced: false } as const;
  test('follows the live state', () => {
    expect(tour_step({ state: 'off', defaced: false }, null, null, null)).toBe(1);
    expect(tour_step(running, { state: 'learning' }, null, null)).toBe(2);
    expect(tour_step(running, { state: 'ok' }, null, null)).toBe(3);
    expect(tour_step({ ...running, defaced: true }, { state: 'ok' }, null, null)).toBe(4);
    expect(tour_step({ ...running, defaced: true }, { state: 'critical' }, { state: 'new' }, null)).toBe(5);
    expect(tour_step({ ...running, defaced: true }, { state: 'critical' }, { state: 'new' }, { id: 'm' })).toBe(6);
    expect(tour_step({ ...running, defaced: true }, { state: 'critical' }, { state: 'acknowledged' }, { id: 'm' })).toBe(7);
  });
  test('an acknowledged alert ends the waiting for its mail', () => {
    expect(tour_step({ ...running, defaced: true }, { state: 'critical' }, { state: 'acknowledged' }, null)).toBe(7);
  });
});

describe('pictures_of', () => {
  const picture = (id: string, at: string, verdict: string): Snapshot => ({ id, at, kind: 'screenshot', sha256: '', bytes: 1, verdict, approved: false });
  test('puts the last good picture beside the first bad one found', () => {
    const { before, after } = pictures_of([picture('3', '2026-01-01T03:00:00Z', 'critical'), picture('2', '2026-01-01T02:00:00Z', 'ok'), picture('1', '2026-01-01T01:00:00Z', 'ok')], '2026-01-01T03:00:10Z');
    expect([before?.id, after?.id]).toEqual(['2', '3']);
  });
  test('shows nothing from before the trouble as if it were after', () => {
    expect(pictures_of([picture('1', '2026-01-01T01:00:00Z', 'ok')], '2026-01-01T03:00:00Z').after).toBeUndefined();
  });
});

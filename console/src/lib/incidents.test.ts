import { describe, expect, test } from 'vitest';
import { is_open, nearness, within_bytes, type LegalClock } from './incidents';

const clock = (change: Partial<LegalClock>): LegalClock => ({
  regime: 'r', regime_name: 'R', step: 's', step_name: 'S', state: 'running', status: 'unverified', start: 'detected',
  starts_at: '2026-11-20T00:00:00Z', due_at: '2026-11-23T00:00:00Z', sent_at: null, zone: 'Asia/Ho_Chi_Minh', counted: '', assumptions: [],
  recipients: [], form: '', citation: '', ...change,
});
const at = (text: string) => new Date(text).getTime();

describe('nearness', () => {
  test('goes from far over half and the last two hours to passed', () => {
    expect(nearness(clock({}), at('2026-11-21T11:59:59Z'))).toBe('far');
    expect(nearness(clock({}), at('2026-11-21T12:00:00Z'))).toBe('half');
    expect(nearness(clock({}), at('2026-11-22T22:00:00Z'))).toBe('soon');
    expect(nearness(clock({}), at('2026-11-23T00:00:01Z'))).toBe('passed');
  });
  test('of what is overdue, settled or waits, the server has the word', () => {
    expect(nearness(clock({ state: 'overdue' }), at('2026-11-20T00:00:00Z'))).toBe('passed');
    expect(nearness(clock({ state: 'done_late' }), at('2026-11-30T00:00:00Z'))).toBe('settled');
    expect(nearness(clock({ state: 'waiting', due_at: null }), at('2026-11-30T00:00:00Z'))).toBe('far');
    expect(is_open(clock({ state: 'waiting' }))).toBe(true);
    expect(is_open(clock({ state: 'not_in_force' }))).toBe(false);
  });
});

test('a title is cut between words and fits in bytes, not characters', () => {
  expect(within_bytes('Trang chủ', 200)).toBe('Trang chủ');
  const cut = within_bytes('Trang chủ bị thay nội dung '.repeat(20), 60);
  expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(60);
  expect(cut.endsWith('…') && !cut.includes(' …')).toBe(true);
  expect(new TextEncoder().encode(within_bytes('ặ'.repeat(100), 50)).length).toBeLessThanOrEqual(50);
});

import { describe, expect, it } from 'vitest';
import { by_kind, page_of, roster_on_duty, type HandoverItem } from './handover';

const item = (kind: string, id: string | null) => ({ kind, id, title: '', detail: '', severity: null, at: null }) as HandoverItem;

describe('handover', () => {
  it('leads to where an item is worked on', () => {
    expect(page_of(item('clock', 'x'))).toBe('/incidents/x');
    expect(page_of(item('report', 'x'))).toBe('/reports/x');
    expect(page_of(item('blind', 'x'))).toBeUndefined();
    expect(page_of(item('alert', null))).toBeUndefined();
  });
  it('groups by kind, alerts first, and leaves out what there is none of', () => {
    expect(by_kind([item('gap', 'g'), item('alert', 'a'), item('alert', 'b')]).map(([kind, of]) => [kind, of.length])).toEqual([['alert', 2], ['gap', 1]]);
    expect(by_kind([])).toEqual([]);
  });
});

describe('the roster of a handover', () => {
  const shift = (person: string | null) => ({ from: '', to: '', person, person_name: null, layer: null, stands_in_for: null, override_id: null, swapped_from: null, on_leave: false });
  const table = (id: string, ...people: (string | null)[]) => ({ id, on_call: people.map((person, i) => ({ tier: `t${i}`, tier_name: '', now: shift(person), next: null })) });
  it('is where the person is on duty, in the earliest tier', () => {
    const tables = [table('a', 'binh', 'an'), table('b', 'an')];
    expect(roster_on_duty(tables, 'an')).toBe('b');
    expect(roster_on_duty(tables, 'binh')).toBe('a');
  });
  it('is the first when the person is on duty nowhere, and none without a roster', () => {
    expect(roster_on_duty([table('a', null), table('b', 'an')], 'chi')).toBe('a');
    expect(roster_on_duty([table('a', null)], undefined)).toBe('a');
    expect(roster_on_duty([], 'an')).toBe('');
  });
});

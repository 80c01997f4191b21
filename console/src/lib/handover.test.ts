import { describe, expect, it } from 'vitest';
import { by_kind, page_of, type HandoverItem } from './handover';

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

import { describe, expect, test } from 'vitest';
import { approval_bar, counts_csv, due_nearness, file_kinds, kDirectiveStates, next_steps, type Directive } from './directives';

const one = (more: Partial<Directive>) => ({ state: 'received', received_at: '2026-11-29T00:00:00Z', due_at: '2026-11-30T00:00:00Z', ...more }) as Directive;
const at = (text: string) => Date.parse(text);

describe('directives', () => {
  test('nearness of the due time', () => {
    expect(due_nearness(one({}), at('2026-11-29T11:00:00Z'))).toBe('far');
    expect(due_nearness(one({}), at('2026-11-29T12:00:00Z'))).toBe('half');
    expect(due_nearness(one({}), at('2026-11-29T22:00:00Z'))).toBe('soon');
    expect(due_nearness(one({}), at('2026-11-30T00:00:00Z'))).toBe('passed');
    expect(due_nearness(one({ state: 'answered' }), at('2026-12-30T00:00:00Z'))).toBe('none');
    expect(due_nearness(one({ due_at: null }), at('2026-12-30T00:00:00Z'))).toBe('none');
  });
  test('nothing is carried out before it is approved', () => {
    for (const state of kDirectiveStates)
      expect(next_steps(one({ state })).some((step) => step.act === 'execute')).toBe(state === 'approved');
    expect(next_steps(one({ state: 'answered' }))).toEqual([]);
  });
  test('who may be one of the two who approve', () => {
    const of = (more: Partial<Directive>) => one({ made_by: 'lan', assignee: 'Bình', approvals: [{ by: 'an', at: '', sha256: '' }], ...more });
    const user = (username: string, display_name = '') => ({ username, display_name });
    expect(approval_bar(of({}), user('an'))).toBe('approved_already');
    expect(approval_bar(of({}), user('lan'))).toBe('own');
    expect(approval_bar(of({}), user('tvb', 'bình'))).toBe('assignee_approves');
    expect(approval_bar(of({ assignee: null }), user('chi'))).toBeNull();
  });
  test('evidence only of what may be carried out', () => {
    expect(file_kinds(one({ state: 'assigned' }))).toEqual(['request']);
    expect(file_kinds(one({ state: 'executed' }))).toEqual(['evidence', 'answer']);
    expect(file_kinds(one({ state: 'rejected' }))).toEqual([]);
  });
  test('the count as CSV', () => {
    const csv = counts_csv([{ month: '2026-11', authority: '=A, "B"', received: 2, carried_out: 1, contested: 0, rejected: 0, open: 1 }]);
    expect(csv.split('\r\n')[1]).toBe('2026-11,"\'=A, ""B""",2,1,0,0,1');
  });
});

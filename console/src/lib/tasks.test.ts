import { describe, expect, it } from 'vitest';
import { by_phase, late, settled, type Task } from './tasks';

const task = (some: Partial<Task>): Task => ({ id: 'a', incident_id: 'i', revision: 1, playbook: null, phase: 'analysis', role: 'analyst', title: 't', what: '', evidence: '', state: 'open', note: '', assignee: null, due_at: null, updated_at: '', updated_by: '', ...some });

describe('tasks', () => {
  it('are late only while somebody still has to do them', () => {
    const now = Date.parse('2026-11-29T10:00:00Z');
    const due_at = '2026-11-29T09:59:59Z';
    expect(late(task({ due_at }), now)).toBe(true);
    expect(late(task({ due_at, state: 'in_progress' }), now)).toBe(true);
    expect(late(task({ due_at, state: 'done' }), now)).toBe(false);
    expect(late(task({ due_at: '2026-11-29T10:00:01Z' }), now)).toBe(false);
    expect(late(task({}), now)).toBe(false);
    expect(settled(task({ state: 'skipped' }))).toBe(true);
  });
  it('stand by phase in the order of the work', () => {
    const groups = by_phase([task({ id: 'r', phase: 'review' }), task({ id: 'c', phase: 'containment' }), task({ id: 'a' }), task({ id: 'd', phase: 'containment' })]);
    expect(groups.map((g) => [g.phase, g.items.map((t) => t.id)])).toEqual([['analysis', ['a']], ['containment', ['c', 'd']], ['review', ['r']]]);
  });
});

// Tasks of incidents and the playbooks they come from, as the API gives them.
export const kTaskPhases = ['analysis', 'containment', 'eradication', 'recovery', 'review'] as const;
export type TaskPhase = (typeof kTaskPhases)[number];
export type TaskState = 'open' | 'in_progress' | 'done' | 'skipped';
export interface Task {
  id: string; incident_id: string; revision: number; playbook: string | null; phase: TaskPhase; role: string; title: string; what: string;
  evidence: string; state: TaskState; note: string; assignee: string | null; due_at: string | null; updated_at: string; updated_by: string;
}
export interface FittingPlaybook { id: string; name: string; summary: string; tasks: number; signs: number; chosen: boolean }
export interface PlaybookStep { id: string; phase: TaskPhase; role: string; title: string; what: string; evidence: string; due_minutes: number }
export interface Playbook {
  id: string; name: string; summary: string; source: 'built_in' | 'own' | 'imported'; kinds: string[]; attack: string[]; steps: PlaybookStep[];
}

export const settled = (task: Task) => task.state === 'done' || task.state === 'skipped';
export const late = (task: Task, now: number) => !settled(task) && task.due_at !== null && new Date(task.due_at).getTime() < now;
// The phases that have tasks, in the order of the work.
export function by_phase<T extends { phase: TaskPhase }>(all: T[]): { phase: TaskPhase; items: T[] }[] {
  return kTaskPhases.map((phase) => ({ phase, items: all.filter((one) => one.phase === phase) })).filter((group) => group.items.length > 0);
}

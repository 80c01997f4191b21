// Directives: what competent authorities ask, as the API gives it.
import type { TakenMail } from './mail_intake';

export const kDirectiveStates = ['received', 'verified', 'assigned', 'approved', 'executed', 'answered', 'contested', 'rejected'] as const;
export type DirectiveState = (typeof kDirectiveStates)[number];
export interface DirectiveFile { id: string; kind: 'request' | 'evidence' | 'answer'; name: string; bytes: number; sha256: string; at: string; by: string }
export interface Directive {
  id: string; revision: number; reference: string; authority: string; legal_basis: string; title: string; scope: string; text: string;
  received_at: string; due_at: string | null; state: DirectiveState; assignee: string | null; answer: string;
  outcome: 'carried_out' | 'contested' | 'rejected' | null; made_at: string; made_by: string; closed_at: string | null; sha256: string;
  approvals: { by: string; at: string; sha256: string }[]; approvals_needed: number; files: DirectiveFile[];
}
export interface DirectiveStep { at: string; by: string; action: string; note: string }
export interface DirectiveDetail { directive: Directive; steps: DirectiveStep[]; mail: TakenMail | null }
export interface DirectiveCount { month: string; authority: string; received: number; carried_out: number; contested: number; rejected: number; open: number }

export interface OpenDirectives { open: number; overdue: number; soonest_due: string | null }

export const is_open = (one: Directive): boolean => one.state !== 'answered' && one.state !== 'rejected';

export type DirectiveAct = 'verify' | 'reject' | 'assign' | 'approve' | 'execute' | 'contest' | 'resume' | 'answer';
// What a person may do next with it, the usual way first; `field`: what they must say.
export interface NextStep { act: DirectiveAct; field: string; role: 'analyst' | 'lead'; grave: boolean }
const step = (act: DirectiveAct, field: string, role: NextStep['role'] = 'analyst', grave = false): NextStep => ({ act, field, role, grave });
const kReject = step('reject', 'why', 'lead', true);
const kContest = step('contest', 'why', 'lead', true);
const kNext: Record<DirectiveState, NextStep[]> = {
  received: [step('verify', 'note'), kReject],
  verified: [step('assign', 'assignee'), kContest, kReject],
  assigned: [step('approve', 'sha256', 'lead'), step('assign', 'assignee'), kContest, kReject],
  approved: [step('execute', 'what'), step('assign', 'assignee'), kContest],
  executed: [step('answer', 'text')],
  contested: [step('answer', 'text'), step('resume', 'why', 'lead')],
  answered: [], rejected: [],
};
export const next_steps = (one: Directive): NextStep[] => kNext[one.state];

// Why this person may not be one of the two who approve it; null: they may.
export function approval_bar(one: Directive, user: { username: string; display_name: string } | null | undefined): 'approved_already' | 'own' | 'assignee_approves' | null {
  if (!user) return null;
  if (one.approvals.some((approval) => approval.by === user.username)) return 'approved_already';
  if (one.made_by === user.username) return 'own';
  const assignee = one.assignee?.toLocaleLowerCase();
  return assignee && [user.username, user.display_name].some((name) => name.toLocaleLowerCase() === assignee) ? 'assignee_approves' : null;
}
// How near its due time is: half of the time is over, two hours are left, it has passed.
export function due_nearness(one: Directive, now: number): 'none' | 'far' | 'half' | 'soon' | 'passed' {
  if (!one.due_at || !is_open(one)) return 'none';
  const near = nearness_of(one.due_at, now), due = Date.parse(one.due_at);
  return near === 'far' && (due - now) * 2 <= due - Date.parse(one.received_at) ? 'half' : near;
}
// The same of a due time alone.
export function nearness_of(due_at: string | null, now: number): 'none' | 'far' | 'soon' | 'passed' {
  if (!due_at) return 'none';
  const left = Date.parse(due_at) - now;
  return left <= 0 ? 'passed' : left <= 2 * 3_600_000 ? 'soon' : 'far';
}
// Which kinds of file it takes now.
export function file_kinds(one: Directive): DirectiveFile['kind'][] {
  const kinds: DirectiveFile['kind'][] = [];
  if (['received', 'verified', 'assigned', 'approved'].includes(one.state)) kinds.push('request');
  if (['approved', 'executed'].includes(one.state)) kinds.push('evidence');
  if (['executed', 'contested', 'answered'].includes(one.state)) kinds.push('answer');
  return kinds;
}
// The transparency count as a file to be published (RFC 4180); no text of it can begin a formula in a spreadsheet.
export function counts_csv(counts: DirectiveCount[]): string {
  const cell = (text: string | number) => {
    const plain = String(text).replace(/^[=+\-@\t\r]/, "'$&");
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const rows = counts.map((one) => [one.month, one.authority, one.received, one.carried_out, one.contested, one.rejected, one.open]);
  return [['month', 'authority', 'received', 'carried_out', 'contested', 'rejected', 'open'], ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

// Incidents and the legal clocks that run for them, as the API gives them.
import type { Severity } from './types';

export const kPhases = ['new', 'triaged', 'contained', 'eradicated', 'recovered'] as const;
export type Phase = (typeof kPhases)[number] | 'closed';
export const kTlps = ['red', 'amber+strict', 'amber', 'green', 'clear'] as const;
export const kRoles = ['commander', 'deputy', 'scribe', 'liaison'] as const;
export const kFactTimes = ['detected_at', 'aware_at', 'request_received_at', 'finished_at'] as const;
export type ClockState = 'waiting' | 'running' | 'overdue' | 'done' | 'done_late' | 'not_in_force';

export interface LegalClock {
  regime: string; regime_name: string; step: string; step_name: string;
  state: ClockState; status: 'verified' | 'unverified';
  start: string; starts_at: string | null; due_at: string | null; sent_at: string | null;
  zone: string; counted: string; assumptions: string[]; recipients: string[]; form: string; citation: string;
}
export interface OpenClock extends LegalClock { incident_id: string; reference: string; title: string }
export interface Incident {
  id: string; reference: string; revision: number; title: string; summary: string; severity: Severity; tlp: string; state: Phase;
  regimes: string[]; detected_at: string | null; aware_at: string | null; request_received_at: string | null; finished_at: string | null;
  beyond_capacity: boolean; urgent: boolean; commander: string | null; deputy: string | null; scribe: string | null; liaison: string | null;
  merged_into: string | null; split_from: string | null; created_at: string; created_by: string; updated_at: string;
  closed_at: string | null; closed_by: string | null; close_note: string | null;
}
export interface IncidentDetail extends Incident { clocks: LegalClock[]; alerts: string[]; merged: string[] }
export interface IncidentEntry { id: string; at: string; happened_at: string | null; kind: string; actor: string; text: string }
export interface Regime { id: string; name: string; applies_to: string; status: 'verified' | 'unverified' }

export const is_open = (clock: LegalClock) => clock.state === 'waiting' || clock.state === 'running' || clock.state === 'overdue';

// How near a clock is: what its colour says. The same stages as those the desk makes alerts of.
export function nearness(clock: LegalClock, now: number): 'settled' | 'far' | 'half' | 'soon' | 'passed' {
  if (!is_open(clock)) return 'settled';
  if (clock.state === 'overdue') return 'passed';
  if (clock.state !== 'running' || !clock.due_at || !clock.starts_at) return 'far';
  const due = new Date(clock.due_at).getTime();
  const left = due - now;
  if (left < 0) return 'passed';
  if (left <= 2 * 3_600_000) return 'soon';
  return left * 2 <= due - new Date(clock.starts_at).getTime() ? 'half' : 'far';
}

// At most so many bytes of UTF-8, which is what the server counts; cut between words where something is cut.
export function within_bytes(text: string, most: number): string {
  const bytes = (part: string) => new TextEncoder().encode(part).length;
  if (bytes(text) <= most) return text;
  const words = text.split(' ');
  while (words.length > 1 && bytes(`${words.join(' ')}…`) > most) words.pop();
  let out = words.join(' ');
  while (bytes(`${out}…`) > most) out = [...out].slice(0, -1).join('');
  return `${out}…`;
}

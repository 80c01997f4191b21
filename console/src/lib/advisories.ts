// Advisories of authorities, as the API gives them.
import type { Severity } from './types';

export interface NotUsed { origin: string; reason: string; detail: string }
export interface IndicatorTerm { type: string; value: string; defanged: string }
export interface Indicator { terms: IndicatorTerm[]; origin: string; valid_from: string | null; valid_until: string | null }
export interface LookBack {
  state: 'none' | 'waiting' | 'running' | 'done' | 'cut' | 'failed'; days: number; reached: string | null; events: number; hits: number;
  finished_at: string | null; trouble: string;
}
export interface Advisory {
  id: string; title: string; reference: string; authority: string; source: string; tlp: string; severity: Severity; format: 'stix' | 'misp' | 'csv';
  sha256: string; state: 'unconfirmed' | 'in_force' | 'pending' | 'expired' | 'withdrawn'; valid_from: string | null; valid_until: string | null; made_at: string;
  made_by: string; confirmed_at: string | null; confirmed_by: string | null; lead_confirms: boolean; withdrawn_at: string | null; withdrawn_by: string | null; withdrawn_why: string; indicators: number; not_used_count: number;
  not_used: NotUsed[]; look_back: LookBack;
}
export interface AdvisoryPreview {
  format: Advisory['format']; title: string; reference: string; tlp: string | null; indicators: number; first: Indicator[]; not_used_count: number;
  not_used: NotUsed[]; context: number;
}
export interface AdvisoryHit { event_id: number; at: string; host: string; source: string; indicator: string }

export const kTlp = ['red', 'amber+strict', 'amber', 'green', 'clear'] as const;
export const kFileBytes = 4 * 1024 * 1024;
export const shown = (one: Indicator): string => one.terms.map((term) => term.defanged).join(' + ');
export const looking = (one: LookBack): boolean => one.state === 'waiting' || one.state === 'running';

// The figures of the desk as /api/v1/desk/performance sends them.
import { i18n } from '../i18n/i18n.svelte';
import type { Severity } from './types';

export interface Spread { count: number; mean_ms: number; p50_ms: number; p95_ms: number; p99_ms: number }
export interface TierCoverage { roster_id: string; roster: string; tier: string; tier_name: string; uncovered_ms: number }
export interface Performance {
  from: string; to: string;
  answers: { severity: Severity; alerts: number; unanswered: number; open: number; acknowledge: Spread; close: Spread }[];
  false_alarms: { watch: string; kind: string; rule: string | null; title: string; closed: number; false_positive: number }[];
  missed_escalations: number;
  coverage: TierCoverage[];
  load: { zone: string; people: { person: string; name: string; duty_ms: number; pages: number; night_pages: number; nights: number }[] };
}
export function covered_share(figures: Pick<Performance, 'from' | 'to'>, tier: Pick<TierCoverage, 'uncovered_ms'>): number {
  const whole = Date.parse(figures.to) - Date.parse(figures.from);
  return whole > 0 ? Math.max(0, 1 - tier.uncovered_ms / whole) : 0;
}
// Never 100 % when something is missing, and never 0 % when there is something.
export function percent_text(share: number): string {
  const shown = share > 0 && share < 1 ? Math.min(99.9, Math.max(0.1, Math.round(share * 1000) / 10)) : share * 100;
  return `${new Intl.NumberFormat(i18n.language === 'vi' ? 'vi-VN' : 'en-GB', { maximumFractionDigits: 1 }).format(shown)} %`;
}

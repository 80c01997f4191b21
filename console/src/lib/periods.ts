// Watch periods as /api/v1 sends them, and one while it is being changed. `from` and `to` are wall times of its zone.
import type { Layer, Person, Roster } from './desk';

export interface PeriodTier { roster_id: string; tier: string; people: number; beside: Layer[] }
export interface PeriodDraft { name: string; zone: string; from: string; to: string; timer_percent: number; policy_id: string | null; tiers: PeriodTier[]; freeze_from: string | null; freeze_to: string | null }
export interface WatchPeriod extends PeriodDraft { id: string; revision: number; begins: string; ends: string; state: 'announced' | 'running' | 'over'; ended_by: string | null; frozen: boolean; open_items: number }
export interface ReadinessItem { id: string; what: string; why: string; done: boolean; by: string | null; at: string | null; note: string }
export interface FreezeException { at: string; by: string; action: string; object: string; reason: string }
export interface ReportSchedule { minute: number | null; policy_id: string | null }
export interface SituationReport { id: string; period_id: string; period_name: string; day: string; made_at: string; made_by: string; sha256: string; items: { kind: string; title: string }[] }
export interface PeriodGap { roster_id: string; roster_name: string; tier: string; tier_name: string; from: string; to: string; people: number; there: string[]; not_counted: string[] }
export interface PeriodOutlook {
  begins: string; ends: string; days: { date: string; missing_minutes: number }[]; gaps: PeriodGap[]; with: { id: string; name: string; begins: string; ends: string }[];
}

const kDayMinutes = 24 * 60;
export const new_period = (zone: string, today: string): PeriodDraft => ({ name: '', zone, from: `${today}T00:00`, to: '', timer_percent: 50, policy_id: null, tiers: [], freeze_from: null, freeze_to: null });
export const beside_layer = (draft: Pick<PeriodDraft, 'from' | 'zone'>): Layer => ({ name: '', zone: draft.zone, start: draft.from, end: null, turn_minutes: kDayMinutes, members: [], windows: [] });
export const period_draft = ({ name, zone, from, to, timer_percent, policy_id, tiers, freeze_from, freeze_to }: PeriodDraft): PeriodDraft =>
  JSON.parse(JSON.stringify({ name, zone, from, to, timer_percent, policy_id, tiers, freeze_from, freeze_to })) as PeriodDraft;
// What is sent: without what an empty form field stands for.
export const period_body = (draft: PeriodDraft): PeriodDraft => ({
  ...draft, name: draft.name.trim(), zone: draft.zone.trim(), policy_id: draft.policy_id || null, freeze_from: draft.freeze_from || null, freeze_to: draft.freeze_to || null,
  tiers: draft.tiers.map((tier) => ({ ...tier, beside: tier.beside.map((layer) => ({ ...layer, name: layer.name.trim(), zone: layer.zone.trim(), end: layer.end || null })) })),
});
// Whether a preview can come of it: what is missing yet is plain to see in the form.
export const period_can_be_tried = (draft: PeriodDraft): boolean =>
  Boolean(draft.freeze_from) === Boolean(draft.freeze_to) && draft.from !== '' && draft.to !== '' && draft.from < draft.to && draft.zone.trim() !== '' && draft.timer_percent > 0 &&
  draft.tiers.every((tier) => tier.people > 0 && tier.beside.every((layer) => layer.members.length > 0 && layer.start !== '' && layer.turn_minutes > 0));
// A minute of the day as <input type="time"> speaks it; empty: none.
export const time_of = (minute: number | null): string => (minute === null ? '' : `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
export function minute_of(time: string): number | null {
  const found = /^(\d\d):(\d\d)$/.exec(time);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}
export const running = (periods: WatchPeriod[]): WatchPeriod[] => periods.filter((one) => one.state === 'running');
// A tier is ticked or not; what was filled in for the others stays.
export function with_tier(tiers: PeriodTier[], roster_id: string, tier: string, first: Layer, on: boolean): PeriodTier[] {
  const rest = tiers.filter((one) => one.roster_id !== roster_id || one.tier !== tier);
  return on ? [...rest, { roster_id, tier, people: 2, beside: [first] }] : rest;
}
export const tier_at = (tiers: PeriodTier[], roster_id: string, tier: string): number => tiers.findIndex((one) => one.roster_id === roster_id && one.tier === tier);
// "Trực ban, Ca một: Chi, Dung"
export function period_tier_lines(period: Pick<PeriodDraft, 'tiers'>, rosters: Roster[], people: Person[]): { title: string; people: number; beside: string[] }[] {
  return period.tiers.map((one) => {
    const roster = rosters.find((r) => r.id === one.roster_id);
    const tier = roster?.tiers.find((x) => x.id === one.tier);
    const names = one.beside.map((layer) => layer.members.map((id) => people.find((p) => p.id === id)?.name ?? '–').join(' → '));
    return { title: `${roster?.name ?? '–'}, ${tier?.name || one.tier}`, people: one.people, beside: names };
  });
}

// The log watch as /api/v1 shows it, and what the pages share.
import { api, Problem } from './api';
import { format_query, type Condition, type Span } from './log_query';
import type { AlertDetail, List, Severity } from './types';

export interface LogMatch { id: string; title: string; severity: Severity }
export interface LogEvent {
  id: string; time: string; received: string; source: string; dataset: string; host: string; raw: string;
  fields: Record<string, unknown>; rules: string[]; matched: LogMatch[];
}
export interface EventList extends List<LogEvent> { missing: string[] }
export interface Bucket { from: string; events: number }
export interface SavedSearch { id: string; name: string; query: string; shared: boolean; owner: string; mine: boolean; updated_at: string }

export interface RuleOff { reason: string; by: string; since: string; until: string }
export interface LogRule {
  id: string; title: string; severity: Severity; attack: string[]; file: string; correlation: boolean; reported: boolean;
  hits: number; hits_while_off: number; last_at: string | null; cost_ns: number | null; cost_events: number;
  blind: { why: 'placeholder' | 'source' | 'field' | 'value'; name: string; value: string } | null; off: RuleOff | null;
}
export interface LogRuleDetail extends LogRule {
  description: string; next_step: string; author: string; status: string; source: string;
  false_positives: string[]; references: string[]; tags: string[]; rules: { id: string; title: string }[];
}
export interface RefusedRule { file: string; line: number; reason: string }
export interface TrialNode {
  held: boolean; kind: 'all' | 'any' | 'not' | 'predicate'; of?: TrialNode[]; left_out?: number;
  field?: string; comparison?: string; wanted?: string; cased?: boolean; values?: string[]; more_values?: number;
}
export interface Trial {
  form: 'json' | 'text'; read: boolean; fields: Record<string, unknown>;
  parts: { id: string; title: string; held: boolean; tree: TrialNode }[]; matches: LogMatch[];
}
export interface LogHabit {
  hours: number; usual: number | null; lowest: number | null; highest: number | null; last_hour: number | null;
  rate: 'usual' | 'less' | 'more'; unread: 'usual' | 'more'; kinds: 'usual' | 'more';
}
export interface LogSource {
  id: string; name: string; dataset: string; events: number; unparsed: number; cut: number; hits: number;
  untimed: number; times_ahead: number; times_old: number; late: number;
  first_at: string; last_at: string; silent: boolean; lag_ms: number | null; remembered: boolean; habit: LogHabit | null; per_minute: number[]; samples: string[];
}
export interface LogSources {
  items: LogSource[]; silent_after_s: number; events: number; udp_dropped: number; refused_batches: number;
  failed_batches: number; queued_bytes: number;
}
export interface AttackCell { id: string; rules: number; off: number; blind: number; hits: number }
export interface AttackTechnique extends AttackCell { name: string; tactics: string[]; parts: AttackCell[] }
export interface AttackCoverage { tactics: string[]; techniques: AttackTechnique[]; unknown: AttackCell[] }

const kAboutSources = ['source_silent', 'source_rate', 'source_unread', 'source_kinds'];
export const takes_no_logs = (error: unknown) => error instanceof Problem && error.status === 404;
export const is_too_slow = (error: unknown) => error instanceof Problem && error.status === 504;

// One line that says most of an event: its message, or what a person would look for first, else the event as it came.
const kTelling = ['message', 'msg', 'MESSAGE', 'log', 'event.original'];
const kParts = ['EventID', 'event.code', 'event.action', 'Image', 'process.executable', 'CommandLine', 'process.command_line', 'TargetUserName', 'user.name', 'source.ip', 'http.request.method', 'url.original', 'http.response.status_code'];
export function summary_of(event: LogEvent): string {
  const program = event.fields['process.name'] ?? event.fields['service.name'];
  for (const name of kTelling) {
    const value = event.fields[name];
    if (typeof value === 'string' && value) return typeof program === 'string' ? `${program}: ${value}` : value;
  }
  if (!event.raw.startsWith('{')) return event.raw;
  const parts = kParts.flatMap((name) => (event.fields[name] === undefined || typeof event.fields[name] === 'object' ? [] : [`${name}=${String(event.fields[name])}`]));
  return parts.length > 0 ? parts.join('  ') : event.raw;
}
// Nested members are fields with dotted names, as rules and conditions call them; of a list each element by itself.
export function flat_fields(fields: Record<string, unknown>, before = ''): { name: string; value: string }[] {
  const out: { name: string; value: string }[] = [];
  for (const [key, value] of Object.entries(fields)) {
    const name = before + key;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && typeof one === 'object') out.push(...flat_fields(one as Record<string, unknown>, `${name}.`));
      else out.push({ name, value: one === null ? 'null' : String(one) });
    }
  }
  return before ? out : out.sort((a, b) => a.name.localeCompare(b.name));
}

// The event a finding of the log watch speaks of; '' where it speaks of none (correlations, silent sources).
export function event_of(where: string): string {
  return /^event ([1-9]\d*) of /.exec(where)?.[1] ?? '';
}
// What a correlation counted together, "source.ip=192.0.2.7, user.name=an (12)", as conditions.
export function group_of(after: string): Condition[] {
  const text = after.replace(/ \([^()]*\)$/, '');
  return text.split(/, (?=[^\s=,]+=)/).flatMap((part): Condition[] => {
    const at = part.indexOf('=');
    return at > 0 ? [{ kind: 'is', field: part.slice(0, at), value: part.slice(at + 1) }] : [];
  });
}

const kAround = 5 * 60_000;
const kRowsAbove = 300; // so many events later than the one looked for come before it in the list
// Where the list ends above an event: as much of the time after it as holds some rows, so that it is found near the top
// however many events there are.
export function end_above(time: number, buckets: Bucket[], span: Span): number {
  let seen = 0;
  for (const [i, bucket] of buckets.entries()) {
    const end = Date.parse(buckets[i + 1]?.from ?? new Date(span.to).toISOString());
    if (end <= time) continue;
    seen += bucket.events;
    if (seen > kRowsAbove && end - time > 1000) return end;
  }
  return span.to;
}
// The search that shows what happened around an event.
export async function around_event(id: string): Promise<URLSearchParams> {
  const event = await api.get<LogEvent>(`/events/${id}`);
  const time = Date.parse(event.time);
  const span = { from: time - kAround, to: time + kAround };
  const by: Condition = event.host ? { kind: 'is', field: 'host', value: event.host } : { kind: 'is', field: 'source', value: event.source };
  const q = format_query([by]);
  const counted = await api.get<{ items: Bucket[] }>('/events/histogram', { q, from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString(), buckets: 600 });
  return new URLSearchParams({ q, from: new Date(span.from).toISOString(), to: new Date(end_above(time, counted.items, span)).toISOString(), event: id });
}
// The same for an alert: around its newest event that is stored, else by what it was counted by.
export async function around_alert(id: string): Promise<URLSearchParams> {
  const alert = await api.get<AlertDetail>(`/alerts/${id}`);
  const newest = [...alert.findings].sort((a, b) => b.observed_at.localeCompare(a.observed_at));
  const event = newest.map((finding) => event_of(finding.where)).find(Boolean);
  let out: URLSearchParams | null = null;
  if (event) {
    // It may be older than events are kept.
    try { out = await around_event(event); } catch (error) { if (!(error instanceof Problem && error.status === 404)) throw error; }
  }
  if (!out) {
    const at = Date.parse(newest[0]?.observed_at ?? alert.last_at);
    const by: Condition[] = kAboutSources.includes(alert.kind) ? [{ kind: 'is', field: 'source', value: alert.asset.id }] : group_of(newest[0]?.after ?? '');
    const back = kAboutSources.includes(alert.kind) ? 24 * 3_600_000 : 3 * kAround;
    out = new URLSearchParams({ q: format_query(by), from: new Date(at - back).toISOString(), to: new Date(at + kAround).toISOString() });
  }
  out.set('alert', id);
  return out;
}

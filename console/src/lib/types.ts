// The values of /api/v1, as the server sends them. Times are RFC 3339 UTC, ids UUIDv7.
export type Language = 'vi' | 'en';
export type Line = 'viewer' | 'analyst' | 'lead' | 'admin'; // what an operation takes
export type Role = Line | 'commander' | 'legal' | 'auditor' | 'wall';
export type Severity = 'informational' | 'low' | 'medium' | 'high' | 'critical';
export type AlertState = 'new' | 'acknowledged' | 'closed';
export type Resolution = 'none' | 'true_positive' | 'false_positive' | 'benign' | 'duplicate';
export type SiteState =
  | 'learning' | 'ok' | 'warn' | 'critical' | 'unavailable' | 'paused' | 'maintenance' | 'blind';

export interface List<T> { items: T[]; next_cursor: string | null }

export interface User {
  id: string; username: string; display_name: string; role: Role; language: Language;
  disabled?: boolean; second_factor?: boolean; password?: boolean; provider?: string | null; break_glass?: boolean; created_at?: string; last_sign_in_at?: string | null;
}
export interface Reach { read: Line | null; change: Line | null }
export interface Rights extends Reach { areas: Record<string, Reach> }
export interface Session {
  rights: Rights;
  user: User; csrf_token: string; setup_needed: boolean; version: string;
  second_factor_due: string | null; second_factor_needed: boolean;
}
export interface OpenSession {
  id: string; username?: string; address: string; user_agent: string; created_at: string; last_seen_at: string; expires_at: string; current: boolean;
}
export interface SecondFactor { on: boolean; due_at: string | null; required: boolean; recovery_codes_left: number }
export interface SecondFactorOffer { secret: string; uri: string; qr: { size: number; path: string } }

export interface Asset { type: string; id: string; name: string }
export interface Alert {
  id: string; watch: string; kind: string; severity: Severity; state: AlertState; resolution: Resolution;
  asset: Asset; unit: string; title: string; reason: string; next_step: string; count: number; cycle: number;
  condition_resolved: boolean; first_at: string; last_at: string; updated_at: string;
  acknowledged_at: string | null; acknowledged_by: string | null; snoozed_until: string | null;
  closed_at: string | null; closed_by: string | null; close_note: string | null; merged_into: string | null;
  step: number; next_step_at: string | null; file_incident_id?: string | null;
}
export interface Evidence { kind: string; sha256: string; note: string }
export interface Finding {
  uid: string; kind: string; severity: Severity; confidence: number; title: string; reason: string;
  next_step: string; where: string; before: string; after: string; attack: string[]; evidence: Evidence[];
  observed_at: string;
}
export interface TimelineEntry { at: string; kind: string; actor: string; text: string }
export type NotificationState = 'pending' | 'leased' | 'accepted' | 'failed' | 'cancelled';
export interface Notification {
  id: string; channel_id: string; channel_name: string; target: string; cycle: number; step: number;
  state: NotificationState; attempts: number; last_error: string | null; receipt: string | null;
  created_at: string; accepted_at: string | null;
}
export interface AlertDetail extends Alert {
  findings: Finding[]; timeline: TimelineEntry[]; notifications: Notification[];
}
export interface Facet { field: string; value: string; label: string; count: number }

export interface Site {
  id: string; name: string; url: string; state: SiteState; enabled: boolean; interval_s: number;
  render: 'auto' | 'never' | 'always'; tags: string[]; tour: boolean; learned: number; learn_target: number;
  created_at: string | null; last_check_at: string | null; last_change_at: string | null;
  next_check_at: string | null; window_until: string | null; last_error: string; http_status: number;
  latency_ms: number; latency_spark: number[]; last_snapshot: string | null; reference_snapshot: string | null;
  open_alerts: number;
}
export interface Sight { what: string; ok: boolean; reason: string }
export interface TlsDetail {
  subject: string; issuer: string; names: string[]; not_before: string; not_after: string; sha256: string;
  problems: string[];
}
export interface DnsRecord {
  type: string; values: string[]; resolvers: { resolver: string; values?: string[]; error?: string }[];
}
export interface SiteResource { url: string; kind: string; sha256: string; bytes: number; last_changed_at: string | null }
export interface SiteDetails {
  tls?: TlsDetail | null; dns?: { records: DnsRecord[] } | null; resources?: SiteResource[];
  redirects?: { status: number; from: string; to: string }[]; http_version?: string; address?: string;
}
export interface SiteConfig {
  headers?: Record<string, string>; user_agent?: string; proxy?: string; basic_user?: string; verify_tls?: boolean;
}
export interface SiteDetail extends Site { config?: SiteConfig; details?: SiteDetails | null; sights?: Sight[] }
export interface Check {
  id: string; at: string; verdict: string; http_status: number; latency_ms: number; bytes: number; detail: string;
  snapshot: string | null;
}
export interface Snapshot {
  id: string; at: string; kind: 'page' | 'rendered_page' | 'screenshot' | 'visitor_page'; sha256: string; bytes: number;
  verdict: string; approved: boolean;
}
export interface CompareBlock { op: 'same' | 'added' | 'removed'; where: string; text: string }
export interface IgnoreRule { id: string; where: string; reason: string; by: string; at: string }

export type ChannelKind = 'smtp' | 'webhook' | 'slack' | 'mattermost' | 'teams' | 'sms' | 'mailbox';
export interface Channel {
  id: string; name: string; kind: ChannelKind; enabled: boolean; settings: Record<string, unknown>;
  state: 'ok' | 'failing' | 'untested'; last_error: string | null; last_ok_at: string | null;
}
export interface Ladder {
  steps: { after_minutes: number; channel_ids: string[] }[]; repeat_last_minutes: number; least: Severity;
}
export interface Token {
  id: string; name: string; scopes: string[]; created_by: string; created_at: string; last_used_at: string | null;
  expires_at: string | null; token?: string;
}
export interface Heartbeat {  // of another system
  id: string; name: string; every_seconds: number; grace_seconds: number; severity: Severity; paused: boolean;
  state: 'waiting' | 'alive' | 'missing' | 'paused'; last_at: string | null; by: string; created_at: string;
}
export interface Mail { id: string; to: string; subject: string; text: string; at: string }
export interface AuditEntry {
  sequence: number; at: string; actor: string; action: string; object: string; detail: unknown; hash: string;
}
export interface Health {
  version: string; started_at: string; now: string;
  problems?: string[];  // why this instance does not do its work now
  watches: { watch: string; state: 'ok' | 'degraded' | 'blind' | 'off'; sights: Sight[] }[];
  queues: { name: string; depth: number; capacity: number; dropped: number }[];
  stores: { name: string; size_bytes: number; commits: number; queue_depth: number }[];
  desk: { outbox_pending: number; outbox_oldest_s: number; open_alerts: number; channels_failing: number };
}
export interface Tour {
  state: 'off' | 'running'; site_id?: string | null; site_url?: string | null; defaced: boolean;
  alert_id?: string | null;
}
export interface ImportResult { added: Site[]; skipped: { line: number; detail: string }[] }

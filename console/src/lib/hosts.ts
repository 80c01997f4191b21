// Hosts with an agent, their policies, and what the file watch saw on them, as /api/v1 says it.
import { Problem } from './api';
import type { Line } from './types';

export type HostState = 'ok' | 'silent' | 'revoked';
export type GuardMode = 'off' | 'observe' | 'hold' | 'rollback';
export const kModes: GuardMode[] = ['off', 'observe', 'hold', 'rollback'];

export interface HostSight { what: string; ok: boolean; text: string }
export interface ProtectedTree {
  path: string; file_system: string; opens_per_second: number | null; answer_p50_us: number | null; answer_p99_us: number | null; // null: not known
  vault_bytes: number; vault_limit_bytes: number;
}
export interface Host {
  id: string; name: string; state: HostState; os: string; kernel: string; arch: string; version: string;
  group: string; address: string; enrolled_at: string; last_seen_at: string | null; clock_skew_ms: number | null;
  sights: HostSight[]; mode: GuardMode; trees: ProtectedTree[]; web_roots: string[];
  spool: { records: number; bytes: number; gaps: number };
  certificate: { sha256: string; not_after: string } | null; open_incidents: number;
}
export interface Enrolment {
  id: string; group: string; note: string; created_by: string; created_at: string; expires_at: string;
  used_at: string | null; host_id: string | null; token?: string; command?: string;
}
export interface Policy {
  group: string; mode: GuardMode; trees: string[]; exclude: string[]; vault_bytes: number; web_roots: string[];
  web_root_discovery: boolean; hosts: number;
}

export type IncidentState = 'open' | 'frozen' | 'rolled_back' | 'allowed' | 'over';
export type Deed = 'rewritten' | 'created' | 'renamed' | 'deleted';
export type FileState = 'changed' | 'restored' | 'differs' | 'kept';
export interface IncidentSummary {
  id: string; host_id: string; host_name: string; state: IncidentState; first_at: string; last_at: string;
  files: number; score: number; executable: string; user: string; alert_id: string | null;
}
export interface Ancestor { pid: number; executable: string; command_line: string; started_at: string | null; user: string }
export interface TouchedFile {
  path: string; at: string; from_type: string; to_type: string; score: number; deed: Deed; to_path?: string;
  state: FileState; sha256_before?: string; sha256_after?: string;
}
export interface RestoredFile { path: string; sha256: string; ok: boolean; text: string }
export interface Report { restored: number; failed: number; files: RestoredFile[]; more_files?: number }
// `files` of the summary is a count, of the whole the list itself.
export interface FileIncident extends Omit<IncidentSummary, 'files'> {
  reason: string; frozen: boolean; files: TouchedFile[]; more_files: number;
  actor: { cgroup: string; uid: number; user: string; lineage: Ancestor[]; client?: string | null };
  events: { at: string; text: string }[]; report: Report | null;
}
export type CommandKind = 'freeze' | 'thaw' | 'rollback' | 'allow';
export type CommandState = 'queued' | 'sent' | 'done' | 'failed' | 'expired';
export interface HostCommand {
  id: string; kind: string; state: CommandState; by: string; at: string; sent_at: string | null;
  done_at: string | null; result: string | null; file_incident_id?: string | null;
}

// A server without agents does not know the collection at all; of one thing "not found" means something else.
export function takes_no_agents(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}
export const blind_sights = (host: Pick<Host, 'sights'>): HostSight[] => host.sights.filter((sight) => !sight.ok);
// Certificates, tokens and the order of events suffer from this much.
export const skewed = (ms: number | null): boolean => ms !== null && Math.abs(ms) >= 2000;
export const base_name = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path;
export const under_way = (command: Pick<HostCommand, 'state'>): boolean => command.state === 'queued' || command.state === 'sent';
// One path a line; blank lines and repeats do not count.
export function lines(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()).filter(Boolean))];
}
export const not_absolute = (paths: string[]): string | undefined => paths.find((path) => !path.startsWith('/'));

// Who may give which command; the server decides in the end.
export const kCommandRole: Record<CommandKind, Line> = { freeze: 'analyst', thaw: 'lead', rollback: 'lead', allow: 'lead' };
export const kCommandKey: Record<CommandKind, string> = { freeze: 'f', thaw: 't', rollback: 'r', allow: 'm' };
export const kCommands: CommandKind[] = ['freeze', 'thaw', 'rollback', 'allow'];
export type Refusal = 'role' | 'under_way' | 'frozen_already' | 'not_frozen' | 'over' | 'rolled_back_already' | 'allowed_already';
// Why a command makes no sense now, or null when it does.
export function refusal(kind: CommandKind, incident: Pick<FileIncident, 'state' | 'frozen'> & { report?: Pick<Report, 'failed'> | null }, commands: Pick<HostCommand, 'kind' | 'state'>[],
                        may: (role: Line) => boolean): Refusal | null {
  if (!may(kCommandRole[kind])) return 'role';
  if (commands.some((command) => command.kind === kind && under_way(command))) return 'under_way';
  if (kind === 'freeze') {
    if (incident.frozen) return 'frozen_already';
    return incident.state === 'over' ? 'over' : null;
  }
  if (kind === 'thaw') return incident.frozen ? null : 'not_frozen';
  if (kind === 'rollback') return incident.state === 'rolled_back' && !incident.report?.failed ? 'rolled_back_already' : null;
  return incident.state === 'allowed' ? 'allowed_already' : null;
}
// What failed comes first: that is what a person must still do something about.
export function failed_first(report: Report): RestoredFile[] {
  return [...report.files].sort((a, b) => Number(a.ok) - Number(b.ok) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
// In the form that `sha256sum --check` reads: a name with a line break or backslash is written as it wants it.
export function checksums(report: Report): string {
  return report.files.filter((file) => file.ok && file.sha256).map(({ path, sha256 }) => {
    const escaped = path.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
    return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
  }).join('');
}

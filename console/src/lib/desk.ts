// The values of the desk as /api/v1 sends them: people, rosters, escalation policies. Times are RFC 3339 UTC, except a
// layer's `start` and `end`, which are wall times of its zone ("2026-02-17T07:00").
import type { Severity } from './types';

export interface Contact { channel_id: string; address?: string }
export interface Person { id: string; name: string; username: string | null; unit: string; phone: string; contacts: Contact[] }

export interface WeekWindow { from_minute: number; to_minute: number } // minutes from Monday 00:00
export interface Layer {
  name: string; zone: string; start: string; end: string | null; turn_minutes: number; members: string[]; windows: WeekWindow[];
}
export interface Tier { id: string; name: string; layers: Layer[] }
export interface Roster { id: string; name: string; revision: number; tiers: Tier[] }

export interface Shift {
  from: string; to: string; person: string | null; person_name: string | null; layer: string | null;
  stands_in_for: string | null; override_id: string | null; swapped_from: string | null; on_leave: boolean;
}
export interface TierShifts { tier: string; tier_name: string; shifts: Shift[] }
export interface OnCall { tier: string; tier_name: string; now: Shift; next: Shift | null }
export interface CoverageGap { tier: string; from: string; to: string; person_on_leave: string | null }
export interface Override {
  id: string; roster_id: string; tier: string; person: string; from: string; to: string; by: string; note: string;
}
export type SwapState = 'proposed' | 'accepted' | 'declined' | 'withdrawn';
export interface Swap {
  id: string; roster_id: string; tier: string; giver: string; taker: string; from: string; to: string;
  back_from: string | null; back_to: string | null; state: SwapState; proposed_by: string; answered_by: string | null;
  answered_at: string | null;
}
export interface Leave { id: string; person: string; from: string; to: string; reason: string; by: string }
export interface Calendar { id: string; roster_id: string; person: string | null; by: string; created_at: string }

export type TargetKind = 'channel' | 'person' | 'tier';
export interface Target { kind: TargetKind; id: string; tier: string }
export interface PolicyStep { after_minutes: number; targets: Target[] }
export interface EscalationPolicy {
  id: string; version: number; name: string; steps: PolicyStep[]; repeat_last_minutes: number; least: Severity;
  fallback: Target[]; acknowledge_minutes: number; watches: string[];
}
export interface PolicyVersion { policy: EscalationPolicy; by: string; at: string }
export interface SimulatedStep {
  at: string; messages: { channel: string; target: string; person: string | null }[]; nobody: string[]; by_fallback: boolean;
}
export const kDefaultPolicy = 'default';

export const new_policy = (): EscalationPolicy => ({
  id: '', version: 0, name: '', steps: [{ after_minutes: 0, targets: [] }], repeat_last_minutes: 15, least: 'high', fallback: [],
  acknowledge_minutes: 0, watches: [],
});
// What is sent: all but what the server itself gives.
export function policy_body({ id: _id, version: _version, ...rest }: EscalationPolicy): Omit<EscalationPolicy, 'id' | 'version'> {
  return { ...rest, name: rest.name.trim() };
}

// The contact ladder of Settings can show a policy only when each of its steps is a list of channels.
export const is_plain_ladder = (policy: Pick<EscalationPolicy, 'steps'>): boolean =>
  policy.steps.every((step) => step.targets.every((target) => target.kind === 'channel'));

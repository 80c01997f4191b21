// A roster while it is being changed. Ids of tiers are what escalation policies name, so they stay when names change.
import type { Layer, Roster, Tier } from './desk';
import { monday_of } from './roster_grid';
import { to_input } from './local_time';

export type Draft = Pick<Roster, 'name' | 'tiers'>;
const kTierIds = ['first', 'second', 'lead'];
export const kWeekTurn = 7 * 24 * 60;
export const kDayTurn = 24 * 60;

export const new_layer = (now: number, zone: string): Layer => ({
  name: '', zone, start: to_input(monday_of(now)).replace('T00:00', 'T07:00'), end: null, turn_minutes: kWeekTurn, members: [], windows: [],
});
// The first id of the usual ones, else "tier-4", that no other tier has.
export function new_tier(tiers: Pick<Tier, 'id'>[], name_of: (id: string) => string, now: number, zone: string): Tier {
  const taken = new Set(tiers.map((tier) => tier.id));
  let id = kTierIds.find((one) => !taken.has(one));
  for (let n = tiers.length + 1; !id; n++) if (!taken.has(`tier-${n}`)) id = `tier-${n}`;
  return { id, name: name_of(id), layers: [new_layer(now, zone)] };
}
// Whether a preview can come of it: what is missing yet is plain to see in the form.
export const can_be_tried = (tier: Tier): boolean =>
  tier.id.trim() !== '' && tier.layers.every((layer) => layer.members.length > 0 && layer.start !== '' && layer.zone.trim() !== '' && layer.turn_minutes > 0);
// What is sent: without what an empty form field stands for.
export const as_body = (draft: Draft): Draft => ({
  name: draft.name.trim(),
  tiers: draft.tiers.map((tier) => ({
    id: tier.id.trim(), name: tier.name.trim(),
    layers: tier.layers.map((layer) => ({ ...layer, name: layer.name.trim(), zone: layer.zone.trim(), end: layer.end || null })),
  })),
});

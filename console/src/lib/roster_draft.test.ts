import { expect, test } from 'vitest';
import { as_body, can_be_tried, new_layer, new_tier } from './roster_draft';

const now = new Date(2026, 8, 2, 14, 10).getTime();
test('the first handover is on the Monday of this week at seven', () => expect(new_layer(now, 'Asia/Ho_Chi_Minh').start).toBe('2026-08-31T07:00'));
test('a new tier has an id of its own', () => {
  const tier = (ids: string[]) => new_tier(ids.map((id) => ({ id })), (id) => `tên ${id}`, now, 'UTC');
  expect(tier([]).id).toBe('first');
  expect(tier(['first', 'second', 'lead']).id).toBe('tier-4');
  expect(tier(['lead', 'second', 'tier-4', 'first', 'x']).id).toBe('tier-6');
  expect(tier(['first']).name).toBe('tên second');
});
test('an empty end is none, and names lose the space around them', () => {
  const tier = { ...new_tier([], () => ' Trực chính ', now, ' UTC '), layers: [{ ...new_layer(now, ' UTC '), end: '' }] };
  const body = as_body({ name: ' Trực ban ', tiers: [tier] });
  expect([body.name, body.tiers[0]!.name, body.tiers[0]!.layers[0]!.end, body.tiers[0]!.layers[0]!.zone]).toEqual(['Trực ban', 'Trực chính', null, 'UTC']);
});
test('a tier can be tried once each layer has somebody', () => {
  const tier = new_tier([], () => '', now, 'UTC');
  expect(can_be_tried(tier)).toBe(false);
  expect(can_be_tried({ ...tier, layers: [{ ...tier.layers[0]!, members: ['an'] }] })).toBe(true);
  expect(can_be_tried({ ...tier, layers: [{ ...tier.layers[0]!, members: ['an'], start: '' }] })).toBe(false);
  expect(can_be_tried({ ...tier, layers: [] })).toBe(true);
});

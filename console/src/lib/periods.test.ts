import { describe, expect, it } from 'vitest';
import { beside_layer, minute_of, new_period, period_body, period_can_be_tried, period_tier_lines, tier_at, time_of, with_tier } from './periods';

const kDraft = { ...new_period('Asia/Ho_Chi_Minh', '2026-02-14'), name: ' Tết ', to: '2026-02-21T00:00' };

describe('a watch period', () => {
  it('is tried when it has an end after its begin and somebody in each rotation', () => {
    expect(period_can_be_tried(kDraft)).toBe(true);
    expect(period_can_be_tried({ ...kDraft, to: '' })).toBe(false);
    expect(period_can_be_tried({ ...kDraft, freeze_from: kDraft.from })).toBe(false);
    expect(period_can_be_tried({ ...kDraft, freeze_from: kDraft.from, freeze_to: kDraft.to })).toBe(true);
    expect(period_can_be_tried({ ...kDraft, to: kDraft.from })).toBe(false);
    const tiers = with_tier([], 'r', 'first', beside_layer(kDraft), true);
    expect(period_can_be_tried({ ...kDraft, tiers })).toBe(false);
    tiers[0]!.beside[0]!.members.push('chi');
    expect(period_can_be_tried({ ...kDraft, tiers })).toBe(true);
  });
  it('keeps the other tiers when one is ticked or not', () => {
    const layer = beside_layer(kDraft);
    const two = with_tier(with_tier([], 'r', 'first', layer, true), 'r', 'second', layer, true);
    expect(two.map((one) => one.tier)).toEqual(['first', 'second']);
    const one = with_tier(two, 'r', 'first', layer, false);
    expect(one.map((tier) => tier.tier)).toEqual(['second']);
    expect(tier_at(one, 'r', 'second')).toBe(0);
    expect(tier_at(one, 'r', 'first')).toBe(-1);
  });
  it('is sent without spaces and empty fields', () => {
    const sent = period_body({ ...kDraft, policy_id: '', tiers: with_tier([], 'r', 'first', { ...beside_layer(kDraft), end: '' }, true) });
    expect([sent.name, sent.policy_id, sent.tiers[0]!.beside[0]!.end]).toEqual(['Tết', null, null]);
  });
  it('has its report at a minute of the day, or none', () => {
    expect([time_of(450), time_of(0), time_of(null)]).toEqual(['07:30', '00:00', '']);
    expect([minute_of('07:30'), minute_of('00:00'), minute_of('')]).toEqual([450, 0, null]);
  });
  it('is told with names', () => {
    const tiers = [{ roster_id: 'r', tier: 'first', people: 2, beside: [{ ...beside_layer(kDraft), members: ['c', 'gone'] }] }];
    const rosters = [{ id: 'r', name: 'Trực ban', revision: 1, tiers: [{ id: 'first', name: 'Ca một', layers: [] }] }];
    const people = [{ id: 'c', name: 'Chi', username: null, unit: '', phone: '', contacts: [] }];
    expect(period_tier_lines({ tiers }, rosters, people)).toEqual([{ title: 'Trực ban, Ca một', people: 2, beside: ['Chi → –'] }]);
  });
});

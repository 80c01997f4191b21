import { describe, expect, test } from 'vitest';
import { chosen_rules, share_of, state_of, type RuleFilter } from './log_rules';
import type { LogRule } from './logs';

const rule = (id: string, more: Partial<LogRule> = {}): LogRule => ({
  id, title: id, severity: 'medium', attack: [], file: `${id}.yml:1`, correlation: false, reported: true, hits: 0, hits_while_off: 0,
  last_at: null, cost_ns: null, cost_events: 0, blind: null, off: null, ...more,
});
const ids = (rules: LogRule[], filter: Partial<RuleFilter>) => chosen_rules(rules, { q: '', state: '', severity: '', technique: '', order: 'title', ...filter }).map((one) => one.id);
const off = { reason: 'r', by: 'lan', since: '', until: '' };
const blind = { why: 'field' as const, name: 'Image', value: '' };

describe('rules', () => {
  const rules = [
    rule('c', { title: 'Đoán mật khẩu', hits: 5, attack: ['T1110.001'], severity: 'high', cost_ns: 100 }),
    rule('b', { off, blind, attack: ['T1110'] }),
    rule('a', { blind, attack: ['T11100'], cost_ns: 300, last_at: '2026-01-01T00:00:00Z' }),
  ];
  test('that are off are off, whether blind or not', () => {
    expect(rules.map(state_of)).toEqual(['on', 'off', 'blind']);
    expect(ids(rules, { state: 'blind' })).toEqual(['a']);
  });
  test('are found by words with or without diacritics, and by technique with its parts', () => {
    expect(ids(rules, { q: 'doan mat' })).toEqual(['c']);
    expect(ids(rules, { technique: 'T1110' })).toEqual(['b', 'c']);
    expect(ids(rules, { severity: 'high' })).toEqual(['c']);
  });
  test('stand in the order asked for, by title where equal', () => {
    expect(ids(rules, { order: 'hits' })).toEqual(['c', 'a', 'b']);
    expect(ids(rules, { order: 'cost' })).toEqual(['a', 'c', 'b']);
    expect(ids(rules, { order: 'last' })).toEqual(['a', 'b', 'c']);
    expect(ids(rules, { order: 'nonsense' })).toEqual(['c', 'a', 'b']);
  });
  test('share the time that was measured', () => {
    expect(share_of(rules[0]!, rules)).toBe(0.25);
    expect(share_of(rules[1]!, rules)).toBe(null);
  });
});

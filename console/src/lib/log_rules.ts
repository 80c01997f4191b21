// The list of rules: what is looked for in it, and in which order it stands.
import { matches } from './commands.svelte';
import type { LogRule } from './logs';

export type RuleState = 'on' | 'off' | 'blind';
export type RuleOrder = 'hits' | 'last' | 'cost' | 'severity' | 'title';
export const kRuleOrders: RuleOrder[] = ['hits', 'last', 'cost', 'severity', 'title'];
export interface RuleFilter { q: string; state: string; severity: string; technique: string; order: string }

export function state_of(rule: LogRule): RuleState {
  return rule.off ? 'off' : rule.blind ? 'blind' : 'on';
}
const kGravest = ['critical', 'high', 'medium', 'low', 'informational'];
const title = (a: LogRule, b: LogRule) => a.title.localeCompare(b.title) || a.id.localeCompare(b.id);
const kBefore: Record<RuleOrder, (a: LogRule, b: LogRule) => number> = {
  // What only correlations count hits all the time and tells nobody anything.
  hits: (a, b) => Number(b.reported) - Number(a.reported) || b.hits - a.hits,
  last: (a, b) => (b.last_at ?? '').localeCompare(a.last_at ?? ''),
  cost: (a, b) => (b.cost_ns ?? -1) - (a.cost_ns ?? -1),
  severity: (a, b) => kGravest.indexOf(a.severity) - kGravest.indexOf(b.severity),
  title: () => 0,
};
// `technique`: "T1059" takes its sub-techniques with it.
export function chosen_rules(rules: LogRule[], { q, state, severity, technique, order }: RuleFilter): LogRule[] {
  const before = kBefore[kRuleOrders.includes(order as RuleOrder) ? (order as RuleOrder) : 'hits'];
  return rules.filter((rule) =>
    (!state || state_of(rule) === state) && (!severity || rule.severity === severity)
    && (!technique || rule.attack.some((one) => one === technique || one.startsWith(`${technique}.`)))
    && (!q || matches(`${rule.title} ${rule.id} ${rule.file} ${rule.attack.join(' ')}`, q)))
    .sort((a, b) => before(a, b) || title(a, b));
}
// Of the time that all rules took together, as far as it was measured.
export function share_of(rule: LogRule, all: LogRule[]): number | null {
  if (rule.cost_ns === null) return null;
  const sum = all.reduce((total, one) => total + (one.cost_ns ?? 0), 0);
  return sum > 0 ? rule.cost_ns / sum : 0;
}

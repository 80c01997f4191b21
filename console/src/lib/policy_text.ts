// An escalation policy in words: each step as a sentence, each target by its name and the ways it is reached.
import { t, t_value, type Key } from '../i18n/i18n.svelte';
import { kDefaultPolicy, type EscalationPolicy, type Person, type PolicyStep, type Roster, type Target } from './desk';
import { tier_title } from './roster_text';
import type { Channel } from './types';

export interface Book { channels: Channel[]; people: Person[]; rosters: Roster[] }

const channel_name = (book: Book, id: string) => book.channels.find((one) => one.id === id)?.name;
export function target_name(target: Target, book: Book): string {
  if (target.kind === 'channel') return channel_name(book, target.id) ?? t('target.gone_channel');
  if (target.kind === 'person') return book.people.find((one) => one.id === target.id)?.name ?? t('target.gone_person');
  const roster = book.rosters.find((one) => one.id === target.id);
  const tier = roster?.tiers.find((one) => one.id === target.tier);
  return roster && tier ? t('target.tier', { tier: tier_title(tier), roster: roster.name }) : t('target.gone_tier');
}
export function target_text(target: Target, book: Book): string {
  const name = target_name(target, book);
  if (target.kind === 'channel') return channel_name(book, target.id) === undefined ? name : t('target.channel', { name });
  if (target.kind === 'tier') return name;
  const person = book.people.find((one) => one.id === target.id);
  if (!person) return name;
  const ways = person.contacts.map((contact) => channel_name(book, contact.channel_id) ?? t('target.gone_channel'));
  return ways.length > 0 ? t('target.person', { name, ways: ways.join(' → ') }) : t('target.person_no_way', { name });
}
const targets_text = (targets: Target[], book: Book) => targets.map((target) => target_text(target, book)).join('; ');

export const step_text = (step: PolicyStep, book: Book): string => step.after_minutes === 0
  ? t('escalation.at_once', { targets: targets_text(step.targets, book) })
  : t('escalation.after', { minutes: step.after_minutes, targets: targets_text(step.targets, book) });

export const policy_name = (policy: Pick<EscalationPolicy, 'id' | 'name'>): string =>
  policy.id === kDefaultPolicy && policy.name === kDefaultPolicy ? t('escalation.default') : policy.name;

// What stands beside the steps.
export function policy_notes(policy: EscalationPolicy, book: Book): string[] {
  const notes: string[] = [];
  if (policy.steps.length > 0) notes.push(policy.repeat_last_minutes > 0 ? t('escalation.repeat', { minutes: policy.repeat_last_minutes }) : t('escalation.no_repeat'));
  notes.push(policy.fallback.length > 0 ? t('escalation.fallback', { targets: targets_text(policy.fallback, book) }) : t('escalation.no_fallback'));
  if (policy.acknowledge_minutes > 0) notes.push(t('escalation.holds', { minutes: policy.acknowledge_minutes }));
  notes.push(t('escalation.least', { severity: t(`severity.${policy.least}` as Key) }));
  return notes;
}
export const takes_text = (policy: EscalationPolicy): string => policy.id === kDefaultPolicy ? t('escalation.takes_rest')
  : policy.watches.length === 0 ? t('escalation.takes_named') : t('escalation.takes', { watches: policy.watches.map((watch) => t_value('watch', watch)).join(', ') });

// One target as the value of an <option>, and back. Ids have no space.
export const target_key = (target: Target): string => `${target.kind} ${target.id} ${target.tier}`;
export function target_of_key(key: string): Target {
  const [kind, id, tier] = key.split(' ');
  return { kind: kind as Target['kind'], id: id ?? '', tier: tier ?? '' };
}

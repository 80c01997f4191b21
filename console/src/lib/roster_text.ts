// A roster in words: what each layer does, why somebody is on duty, and what differs between two definitions.
import { clock_time, day_text, t, type Key } from '../i18n/i18n.svelte';
import type { Layer, Person, Roster, Shift, Tier, WeekWindow } from './desk';
import { week_parts } from './local_time';

export type Names = Map<string, string>;
export const names_of = (people: Person[]): Names => new Map(people.map((person) => [person.id, person.name]));
export const name_in = (names: Names, id: string | null): string => (id && names.get(id)) || t('roster.removed');
export const tier_title = (tier: Pick<Tier, 'id' | 'name'>): string => tier.name || tier.id;

export const when = (at: string | number): string => `${clock_time(at)} ${day_text(at)}`;

export function turn_text(minutes: number): string {
  if (minutes === 1440) return t('layer.turn_day');
  if (minutes === 10_080) return t('layer.turn_week');
  if (minutes % 1440 === 0) return t('layer.turn_days', { n: minutes / 1440 });
  if (minutes % 60 === 0) return t('layer.turn_hours', { n: minutes / 60 });
  return t('layer.turn_minutes', { n: minutes });
}
const week_moment = (minute: number) => {
  const { day, time } = week_parts(minute);
  return `${t(`weekday_short.${day}` as Key)} ${time}`;
};
export const window_text = (window: WeekWindow): string => `${week_moment(window.from_minute)}–${week_moment(window.to_minute)}`;

function layer_line(tier: Tier, layer: Layer, index: number, names: Names): string {
  const parts = [t('roster.line', {
    tier: tier_title(tier), layer: layer.name || t('layer.n', { n: index + 1 }), turn: turn_text(layer.turn_minutes),
    members: layer.members.map((id) => name_in(names, id)).join(' → '), start: layer.start.replace('T', ' '), zone: layer.zone,
  })];
  if (layer.end) parts.push(t('roster.line_end', { end: layer.end.replace('T', ' ') }));
  if (layer.windows.length > 0) parts.push(t('roster.line_windows', { windows: layer.windows.map(window_text).join(', ') }));
  return parts.join('; ');
}
export const roster_lines = (roster: Pick<Roster, 'tiers'>, names: Names): string[] => roster.tiers.flatMap((tier) =>
  tier.layers.length > 0 ? tier.layers.map((layer, i) => layer_line(tier, layer, i, names)) : [t('roster.tier_empty', { tier: tier_title(tier) })]);

// What `theirs` has that `base` had not, and the other way round.
export function changed_lines(base: string[], theirs: string[]): { sign: '+' | '−'; line: string }[] {
  return [
    ...base.filter((line) => !theirs.includes(line)).map((line) => ({ sign: '−' as const, line })),
    ...theirs.filter((line) => !base.includes(line)).map((line) => ({ sign: '+' as const, line })),
  ];
}

export function shift_name(shift: Shift): string {
  if (shift.person === null) return t('roster.nobody');
  const name = shift.person_name ?? t('roster.removed');
  return shift.on_leave ? t('roster.on_leave', { name }) : name;
}
export function shift_why(shift: Shift, names: Names): string {
  if (shift.person === null) return '';
  if (shift.swapped_from) return t('roster.why_swap', { name: name_in(names, shift.swapped_from) });
  if (shift.override_id) return t('roster.why_override');
  if (shift.stands_in_for) return t('roster.why_stand_in', { name: name_in(names, shift.stands_in_for) });
  return shift.layer ? t('roster.why_layer', { layer: shift.layer }) : '';
}

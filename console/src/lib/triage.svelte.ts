// The alert actions wired to the server, the toasts and whatever shows alerts at the moment.
import { number_text, t, i18n } from '../i18n/i18n.svelte';
import { AlertActions, type Action } from './alert_actions';
import { api } from './api';
import { problem_text } from './problem_text';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';
import type { Alert } from './types';

const shown_by = new Set<(alert: Alert) => void>();
export function on_alert_shown(show: (alert: Alert) => void): () => void {
  shown_by.add(show);
  return () => { shown_by.delete(show); };
}

async function send(id: string, action: Action): Promise<Alert> {
  const { kind, ...body } = action;
  return api.post<Alert>(`/alerts/${encodeURIComponent(id)}/${kind}`, body);
}

export const alert_actions = new AlertActions({
  send,
  show: (alert) => { for (const show of shown_by) show(alert); },
  done: (action, count, undo) => {
    const key = action.kind === 'close' && action.resolution === 'false_positive' ? 'done.false_positive' as const : `done.${action.kind}` as const;
    toasts.show(t(key, { n: count }), 'plain', undo ? { label: t('action.undo'), run: undo } : undefined);
  },
  undone: (count) => { toasts.show(t('done.undo', { n: count })); },
  failed: (action, error) => {
    toasts.show(`${t('problem.action', { action: t(`action.${action.kind}`) })} ${problem_text(error)}`, 'bad');
  },
  who: () => session.user?.username ?? '',
  now: () => new Date().toISOString(),
});

export interface SnoozeChoice { label: string; until: () => Date }
export function snooze_choices(): SnoozeChoice[] {
  void i18n.language;
  const later = (minutes: number) => () => new Date(Date.now() + minutes * 60_000);
  const at_hour = (hour: number) => () => {
    const date = new Date();
    if (date.getHours() >= hour) date.setDate(date.getDate() + 1);
    date.setHours(hour, 0, 0, 0);
    return date;
  };
  return [
    { label: t('snooze.minutes', { n: number_text(15) }), until: later(15) },
    { label: t('snooze.hour'), until: later(60) },
    { label: t('snooze.hours', { n: number_text(4) }), until: later(240) },
    { label: t('snooze.morning'), until: at_hour(7) },
    { label: t('snooze.day'), until: later(24 * 60) },
  ];
}

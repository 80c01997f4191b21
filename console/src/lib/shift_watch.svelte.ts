// What the shift has to know now, read again as alerts change and every half minute: for the first page and the wall.
import { api } from './api';
import type { OnCall, Person, Roster } from './desk';
import type { Directive, OpenDirectives } from './directives';
import type { OpenClock } from './incidents';
import { running, type WatchPeriod } from './periods';
import { live } from './live.svelte';
import { session } from './session.svelte';
import { on_alert_shown } from './triage.svelte';
import type { Alert, Channel, Health, List } from './types';

const kSoonMs = 1_000; // in a storm alerts change many times a second
const kEveryMs = 30_000;
const kDirectives = 6;

export class ShiftWatch {
  soonest = $state.raw<List<Alert> | null>(null); // nobody has answered these; the next step first
  mine = $state.raw<List<Alert> | null>(null);
  duty = $state.raw<{ people: Person[]; rosters: { roster: Roster; tiers: OnCall[] }[] } | null>(null);
  periods = $state.raw<WatchPeriod[]>([]); // those that run
  clocks = $state.raw<OpenClock[] | null>(null);
  directives = $state.raw<Directive[] | null>(null); // open ones with a due time, the soonest first
  waiting = $state.raw<OpenDirectives | null>(null); // for the wall: how many, no content
  health = $state.raw<{ health: Health; channels: Channel[] } | null>(null);
  alerts_error = $state.raw<unknown>(null);
  duty_error = $state.raw<unknown>(null);
  clocks_error = $state.raw<unknown>(null);
  health_error = $state.raw<unknown>(null);

  // `me`: whose own alerts are read too; nobody's when it is empty.
  constructor(readonly shown: number, readonly me: string) {}

  async read_alerts() {
    try {
      [this.soonest, this.mine] = await Promise.all([
        api.get<List<Alert>>('/alerts', { state: 'new', order: 'soonest', snoozed: 'false', limit: this.shown }),
        this.me ? api.get<List<Alert>>('/alerts', { state: 'acknowledged', acknowledged_by: this.me, order: 'gravest', limit: this.shown }) : null]);
      this.alerts_error = null;
    } catch (e) { this.alerts_error = e; }
  }
  async read_duty() {
    try {
      const [rosters, people, periods] = await Promise.all([api.get<List<Roster>>('/rosters'), api.get<List<Person>>('/people'), api.get<List<WatchPeriod>>('/watch-periods')]);
      this.periods = running(periods.items);
      const tiers = await Promise.all(rosters.items.map((roster) => api.get<List<OnCall>>(`/rosters/${roster.id}/on-call`)));
      this.duty = { people: people.items, rosters: rosters.items.map((roster, i) => ({ roster, tiers: tiers[i]!.items })) };
      this.duty_error = null;
    } catch (e) { this.duty_error = e; }
  }
  async read_clocks() {
    try {
      const [clocks, directives, waiting] = await Promise.all([
        api.get<List<OpenClock>>('/clocks'), session.sees('directives') ? api.get<List<Directive>>('/directives', { open: true, order: 'due', limit: kDirectives }) : null,
        this.me ? null : api.get<OpenDirectives>('/directives/open')]);
      this.clocks = clocks.items;
      this.directives = directives?.items.filter((one) => one.due_at !== null) ?? [];
      this.waiting = waiting;
      this.clocks_error = null;
    } catch (e) { this.clocks_error = e; }
  }
  async read_health() {
    try {
      const [now, channels] = await Promise.all([api.get<Health>('/health/detail'), api.get<List<Channel>>('/channels')]);
      this.health = { health: now, channels: channels.items };
      this.health_error = null;
    } catch (e) { this.health_error = e; }
  }
  // Returns the function that stops it.
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => { timer ??= setTimeout(() => { timer = undefined; void this.read_alerts(); }, kSoonMs); };
    const all = () => { void this.read_alerts(); void this.read_duty(); void this.read_clocks(); void this.read_health(); };
    all();
    const every = setInterval(all, kEveryMs);
    const off = [live.on('alert', soon), live.on('reread', all), on_alert_shown(() => soon())];
    return () => { clearInterval(every); clearTimeout(timer); for (const f of off) f(); };
  }
}

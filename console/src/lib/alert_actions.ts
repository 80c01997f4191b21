// What a person does to alerts: shown at once, sent, taken back when the server refuses, and undone with one key.
import type { Alert, Resolution } from './types';

export type Action =
  | { kind: 'acknowledge'; note?: string }
  | { kind: 'unacknowledge' }
  | { kind: 'snooze'; until: string }
  | { kind: 'unsnooze' }
  | { kind: 'close'; resolution: Resolution; note?: string }
  | { kind: 'reopen' }
  | { kind: 'merge'; into: string }
  | { kind: 'unmerge' };

// How the alert will look when the server agrees.
export function predict(alert: Alert, action: Action, who: string, now: string): Alert {
  const next = { ...alert, updated_at: now };
  switch (action.kind) {
    case 'acknowledge':
      return { ...next, state: 'acknowledged', acknowledged_at: now, acknowledged_by: who, next_step_at: null };
    case 'unacknowledge':
      return { ...next, state: 'new', acknowledged_at: null, acknowledged_by: null };
    case 'snooze':
      return { ...next, snoozed_until: action.until };
    case 'unsnooze':
      return { ...next, snoozed_until: null };
    case 'close':
      return { ...next, state: 'closed', resolution: action.resolution, closed_at: now, closed_by: who, close_note: action.note ?? '', next_step_at: null };
    case 'reopen':
      return { ...next, state: 'new', resolution: 'none', closed_at: null, closed_by: null, close_note: null, acknowledged_at: null, acknowledged_by: null };
    case 'merge':
      return { ...next, state: 'closed', resolution: 'duplicate', merged_into: action.into, closed_at: now, closed_by: who, next_step_at: null };
    case 'unmerge':
      return { ...next, state: 'new', resolution: 'none', merged_into: null, closed_at: null, closed_by: null };
  }
}

// The actions that bring `before` back after `action`.
export function inverse(before: Alert, action: Action): Action[] {
  const acknowledged: Action[] = before.state === 'acknowledged' ? [{ kind: 'acknowledge' }] : [];
  switch (action.kind) {
    case 'acknowledge': return before.state === 'new' ? [{ kind: 'unacknowledge' }] : [];
    case 'unacknowledge': return [{ kind: 'acknowledge' }];
    case 'snooze': return before.snoozed_until ? [{ kind: 'snooze', until: before.snoozed_until }] : [{ kind: 'unsnooze' }];
    case 'unsnooze': return before.snoozed_until ? [{ kind: 'snooze', until: before.snoozed_until }] : [];
    case 'close': return [{ kind: 'reopen' }, ...acknowledged];
    case 'reopen': return [{ kind: 'close', resolution: before.resolution, note: before.close_note ?? '' }];
    case 'merge': return [{ kind: 'unmerge' }, ...acknowledged];
    case 'unmerge': return before.merged_into ? [{ kind: 'merge', into: before.merged_into }] : [];
  }
}

// Whether the action makes sense for an alert in this state.
export function applies(alert: Alert, action: Action['kind']): boolean {
  switch (action) {
    case 'acknowledge': return alert.state === 'new';
    case 'unacknowledge': return alert.state === 'acknowledged';
    case 'snooze': case 'close': case 'merge': return alert.state !== 'closed';
    case 'unsnooze': return alert.snoozed_until !== null && alert.state !== 'closed';
    case 'reopen': return alert.state === 'closed' && !alert.merged_into;
    case 'unmerge': return Boolean(alert.merged_into);
  }
}

export interface ActionPort {
  send(id: string, action: Action): Promise<Alert>;
  show(alert: Alert): void;
  done(action: Action, count: number, undo: (() => void) | null): void;
  undone(count: number): void;
  failed(action: Action, error: unknown): void;
  who(): string;
  now(): string;
}
interface Undo { before: Alert; steps: Action[] }

const kUndoKept = 20;

export class AlertActions {
  #undo: Undo[][] = [];
  #running = new Map<string, Promise<unknown>>(); // one request at a time for one alert, in order

  #unanswered = new Set<Promise<void>>();

  constructor(private readonly port: ActionPort) {}

  get can_undo(): boolean { return this.#undo.length > 0; }

  async run(action: Action, alerts: Alert[]): Promise<void> {
    const running = this.#run(action, alerts);
    this.#unanswered.add(running);
    try { await running; } finally { this.#unanswered.delete(running); }
  }
  async #run(action: Action, alerts: Alert[]): Promise<void> {
    const chosen = alerts.filter((alert) => applies(alert, action.kind) && !(action.kind === 'merge' && action.into === alert.id));
    if (chosen.length === 0) return;
    for (const alert of chosen) this.port.show(predict(alert, action, this.port.who(), this.port.now()));
    const undo: Undo[] = [];
    let failure: unknown = null;
    await Promise.all(chosen.map(async (alert) => {
      try {
        this.port.show(await this.#in_turn(alert.id, () => this.port.send(alert.id, action)));
        const steps = inverse(alert, action);
        if (steps.length > 0) undo.push({ before: alert, steps });
      } catch (error) {
        this.port.show(alert);
        failure = error;
      }
    }));
    if (undo.length > 0) {
      this.#undo.push(undo);
      if (this.#undo.length > kUndoKept) this.#undo.shift();
    }
    const worked = chosen.length - (failure === null ? 0 : chosen.length - undo.length);
    if (failure !== null) this.port.failed(action, failure);
    if (worked > 0) this.port.done(action, worked, undo.length > 0 ? () => void this.undo(undo) : null);
  }
  // Takes back the given step, or the last one; one that the server has not answered yet is waited for, or a quick hand
  // would take back the one before it.
  async undo(what?: Undo[]): Promise<boolean> {
    if (!what) {
      await Promise.allSettled(this.#unanswered);
      what = this.#undo.at(-1);
    }
    if (!what || !this.#undo.includes(what)) return false;
    this.#undo = this.#undo.filter((entry) => entry !== what);
    for (const { before } of what) this.port.show(before);
    let count = 0;
    await Promise.all(what.map(async ({ before, steps }) => {
      let shown: Alert | null = null;
      try {
        for (const step of steps) shown = await this.#in_turn(before.id, () => this.port.send(before.id, step));
        count++;
      } catch (error) {
        this.port.failed(steps[0]!, error);
      }
      if (shown) this.port.show(shown);
    }));
    if (count > 0) this.port.undone(count);
    return count > 0;
  }
  async #in_turn<R>(id: string, work: () => Promise<R>): Promise<R> {
    const before = this.#running.get(id) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    this.#running.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#running.get(id) === mine) this.#running.delete(id);
    }
  }
}

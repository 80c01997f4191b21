import { describe, expect, test, vi } from 'vitest';
import { AlertActions, applies, inverse, predict, type Action, type ActionPort } from './alert_actions';
import type { Alert } from './types';

const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id, watch: 'sites', kind: 'page_replaced', severity: 'critical', state: 'new', resolution: 'none',
  asset: { type: 'site', id: 's', name: 'site' }, unit: 'root', title: 't', reason: 'r', next_step: 'n', count: 1, cycle: 1,
  condition_resolved: false, first_at: '', last_at: '', updated_at: '', acknowledged_at: null, acknowledged_by: null,
  snoozed_until: null, closed_at: null, closed_by: null, close_note: null, merged_into: null, step: 0, next_step_at: null, ...more,
});

// A server in memory: what predict() says is what it does, unless told to refuse.
function desk(alerts: Alert[], refuse: (id: string, action: Action) => boolean = () => false) {
  const stored = new Map(alerts.map((a) => [a.id, a]));
  const shown = new Map(alerts.map((a) => [a.id, a]));
  const log: string[] = [];
  const port: ActionPort = {
    send: async (id, action) => {
      log.push(`${id} ${action.kind}`);
      await Promise.resolve();
      if (refuse(id, action)) throw new Error('refused');
      const next = predict(stored.get(id)!, action, 'lan', 'now');
      stored.set(id, next);
      return next;
    },
    show: (a) => { shown.set(a.id, a); },
    done: vi.fn(), undone: vi.fn(), failed: vi.fn(), who: () => 'lan', now: () => 'now',
  };
  return { stored, shown, log, port, actions: new AlertActions(port) };
}

describe('actions', () => {
  test('are shown before the server answers', async () => {
    const { actions, shown } = desk([alert('1')]);
    const done = actions.run({ kind: 'acknowledge' }, [alert('1')]);
    expect(shown.get('1')!.state).toBe('acknowledged');
    await done;
  });
  test('are taken back when the server refuses', async () => {
    const { actions, shown, port } = desk([alert('1')], () => true);
    await actions.run({ kind: 'acknowledge' }, [alert('1')]);
    expect(shown.get('1')!.state).toBe('new');
    expect(port.failed).toHaveBeenCalledOnce();
    expect(port.done).not.toHaveBeenCalled();
    expect(actions.can_undo).toBe(false);
  });
  test('of several alerts count only those that worked', async () => {
    const both = [alert('1'), alert('2')];
    const { actions, port } = desk(both, (id) => id === '2');
    await actions.run({ kind: 'acknowledge' }, both);
    expect(port.done).toHaveBeenCalledWith({ kind: 'acknowledge' }, 1, expect.any(Function));
    expect(port.failed).toHaveBeenCalledOnce();
  });
  test('leave alone what they do not apply to', async () => {
    const closed = alert('1', { state: 'closed' });
    const { actions, log } = desk([closed]);
    await actions.run({ kind: 'acknowledge' }, [closed]);
    expect(log).toEqual([]);
  });
  test('never merge an alert into itself', async () => {
    const { actions, log } = desk([alert('1'), alert('2')]);
    await actions.run({ kind: 'merge', into: '1' }, [alert('1'), alert('2')]);
    expect(log).toEqual(['2 merge']);
  });
});

describe('undo', () => {
  test('asked for before the server has answered takes back that action, not the one before', async () => {
    const { actions, stored } = desk([alert('1'), alert('2')]);
    await actions.run({ kind: 'acknowledge' }, [alert('1')]);
    const running = actions.run({ kind: 'acknowledge' }, [alert('2')]);
    expect(await actions.undo()).toBe(true);
    await running;
    expect([stored.get('1')!.state, stored.get('2')!.state]).toEqual(['acknowledged', 'new']);
  });
  const kinds: Action[] = [
    { kind: 'acknowledge' }, { kind: 'snooze', until: 'later' }, { kind: 'close', resolution: 'false_positive', note: 'x' },
    { kind: 'merge', into: '2' },
  ];
  for (const start of ['new', 'acknowledged'] as const) {
    for (const action of kinds.filter((a) => applies(alert('1', { state: start }), a.kind))) {
      test(`of ${action.kind} brings back what was ${start}`, async () => {
        const before = alert('1', start === 'new' ? {} : { state: 'acknowledged', acknowledged_by: 'lan', acknowledged_at: 'now' });
        const { actions, stored } = desk([before, alert('2')]);
        await actions.run(action, [before]);
        expect(await actions.undo()).toBe(true);
        const after = stored.get('1')!;
        expect([after.state, after.resolution, after.snoozed_until, after.merged_into]).toEqual([start, 'none', null, null]);
      });
    }
  }
  test('goes back one step at a time, and then no further', async () => {
    const { actions, stored, shown } = desk([alert('1')]);
    await actions.run({ kind: 'acknowledge' }, [stored.get('1')!]);
    await actions.run({ kind: 'snooze', until: 'later' }, [shown.get('1')!]);
    await actions.undo();
    expect(stored.get('1')!.snoozed_until).toBeNull();
    expect(stored.get('1')!.state).toBe('acknowledged');
    await actions.undo();
    expect(stored.get('1')!.state).toBe('new');
    expect(await actions.undo()).toBe(false);
  });
  test('keeps the order of requests for one alert', async () => {
    const { actions, log } = desk([alert('1')]);
    const first = actions.run({ kind: 'acknowledge' }, [alert('1')]);
    const second = actions.run({ kind: 'snooze', until: 'later' }, [alert('1', { state: 'acknowledged' })]);
    await Promise.all([first, second]);
    expect(log).toEqual(['1 acknowledge', '1 snooze']);
  });
  test('of a second snooze restores the first', () => {
    expect(inverse(alert('1', { snoozed_until: 'noon' }), { kind: 'snooze', until: 'night' })).toEqual([{ kind: 'snooze', until: 'noon' }]);
  });
});

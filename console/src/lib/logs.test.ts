import { describe, expect, test } from 'vitest';
import { end_above, event_of, flat_fields, group_of, summary_of, type LogEvent } from './logs';

const event = (raw: string, fields: Record<string, unknown>): LogEvent => ({ id: '1', time: '', received: '', source: '', dataset: '', host: '', raw, fields, rules: [], matched: [] });

describe('an event', () => {
  test('is told in one line', () => {
    expect(summary_of(event('Failed password for root', { 'user.name': 'root' }))).toBe('Failed password for root');
    expect(summary_of(event('<38>1 … Failed password', { message: 'Failed password', 'process.name': 'sshd' }))).toBe('sshd: Failed password');
    expect(summary_of(event('{"message":"hello"}', { message: 'hello' }))).toBe('hello');
    expect(summary_of(event('{…}', { EventID: 1, CommandLine: 'whoami' }))).toBe('EventID=1  CommandLine=whoami');
    expect(summary_of(event('{"a":1}', { a: 1 }))).toBe('{"a":1}');
  });
  test('has flat fields', () => {
    expect(flat_fields({ b: { c: [1, { d: 'x' }], e: null }, a: true })).toEqual([
      { name: 'a', value: 'true' }, { name: 'b.c', value: '1' }, { name: 'b.c.d', value: 'x' }, { name: 'b.e', value: 'null' },
    ]);
  });
});
describe('from an alert', () => {
  test('to its event, where there is one', () => {
    expect(event_of('event 42 of syslog/192.0.2.7')).toBe('42');
    expect(event_of('event 0 of correlation')).toBe('');
    expect(event_of('script https://x.example')).toBe('');
  });
  test('to what a correlation counted together', () => {
    expect(group_of('source.ip=192.0.2.7, user.name=Nguyễn, An (12)')).toEqual([
      { kind: 'is', field: 'source.ip', value: '192.0.2.7' }, { kind: 'is', field: 'user.name', value: 'Nguyễn, An' },
    ]);
    expect(group_of('a line of text')).toEqual([]);
  });
  test('the list ends soon above the event however many come after it', () => {
    const span = { from: 0, to: 600_000 };
    const buckets = (events: (i: number) => number) => Array.from({ length: 600 }, (_, i) => ({ from: new Date(i * 1000).toISOString(), events: events(i) }));
    expect(end_above(300_000, buckets(() => 0), span)).toBe(600_000);
    expect(end_above(300_000, buckets(() => 10), span)).toBe(331_000);
    expect(end_above(300_500, buckets(() => 100_000), span)).toBe(302_000);
  });
});

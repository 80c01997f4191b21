import { describe, expect, test } from 'vitest';
import { Problem } from './api';
import { base_name, checksums, failed_first, lines, not_absolute, refusal, skewed, takes_no_agents, type CommandKind, type HostCommand } from './hosts';
import type { Line } from './types';

const as = (mine: Line) => (role: Line) => ['viewer', 'analyst', 'lead', 'admin'].indexOf(mine) >= ['viewer', 'analyst', 'lead', 'admin'].indexOf(role);
const open = { state: 'open' as const, frozen: false };
const frozen = { state: 'frozen' as const, frozen: true };
const under_way = (kind: CommandKind): Pick<HostCommand, 'kind' | 'state'> => ({ kind, state: 'sent' });

describe('refusal', () => {
  test('who may what', () => {
    expect(refusal('freeze', open, [], as('viewer'))).toBe('role');
    expect(refusal('freeze', open, [], as('analyst'))).toBeNull();
    for (const kind of ['rollback', 'allow'] as const) {
      expect(refusal(kind, open, [], as('analyst'))).toBe('role');
      expect(refusal(kind, open, [], as('lead'))).toBeNull();
    }
    expect(refusal('thaw', frozen, [], as('analyst'))).toBe('role');
    expect(refusal('thaw', frozen, [], as('admin'))).toBeNull();
  });
  test('what makes sense', () => {
    expect(refusal('freeze', frozen, [], as('lead'))).toBe('frozen_already');
    expect(refusal('freeze', { state: 'over', frozen: false }, [], as('lead'))).toBe('over');
    expect(refusal('thaw', open, [], as('lead'))).toBe('not_frozen');
    expect(refusal('thaw', { state: 'rolled_back', frozen: true }, [], as('lead'))).toBeNull();
    expect(refusal('rollback', { state: 'over', frozen: false }, [], as('lead'))).toBeNull();
    expect(refusal('rollback', { state: 'rolled_back', frozen: true }, [], as('lead'))).toBe('rolled_back_already');
    expect(refusal('rollback', { state: 'rolled_back', frozen: true, report: { failed: 0 } }, [], as('lead'))).toBe('rolled_back_already');
    expect(refusal('rollback', { state: 'rolled_back', frozen: true, report: { failed: 2 } }, [], as('lead'))).toBeNull();
    expect(refusal('allow', { state: 'allowed', frozen: false }, [], as('lead'))).toBe('allowed_already');
  });
  test('not twice at once, but again after it failed', () => {
    expect(refusal('rollback', frozen, [under_way('rollback')], as('lead'))).toBe('under_way');
    expect(refusal('rollback', frozen, [under_way('freeze')], as('lead'))).toBeNull();
    expect(refusal('rollback', frozen, [{ kind: 'rollback', state: 'failed' }], as('lead'))).toBeNull();
  });
});

describe('report', () => {
  const file = (path: string, ok: boolean, sha256 = 'ab') => ({ path, ok, sha256, text: '' });
  test('what failed comes first', () => {
    const report = { restored: 2, failed: 1, files: [file('/b', true), file('/a', true), file('/z', false)] };
    expect(failed_first(report).map((f) => f.path)).toEqual(['/z', '/a', '/b']);
    expect(report.files[0]!.path).toBe('/b');
  });
  test('checksums as sha256sum reads them, without what failed', () => {
    const report = { restored: 2, failed: 1, files: [file('/a b', true), file('/x', false), file('/c\\d\ne', true, 'cd')] };
    expect(checksums(report)).toBe('ab  /a b\n\\cd  /c\\\\d\\ne\n');
  });
});

test('lists of paths', () => {
  expect(lines(' /srv/a \n\n/srv/b\n/srv/a\n')).toEqual(['/srv/a', '/srv/b']);
  expect(not_absolute(['/srv', 'srv'])).toBe('srv');
  expect(not_absolute(['/srv'])).toBeUndefined();
  expect(base_name('/usr/bin/python3')).toBe('python3');
  expect(base_name('/')).toBe('/');
});
test('only a missing collection means that there are no agents', () => {
  expect(takes_no_agents(new Problem(404, 'Not found', ''))).toBe(true);
  expect(takes_no_agents(new Problem(403, 'Not allowed', ''))).toBe(false);
  expect(takes_no_agents(new Error('404'))).toBe(false);
});
test('a clock that is unknown is not called wrong', () => {
  expect(skewed(null)).toBe(false);
  expect(skewed(1999)).toBe(false);
  expect(skewed(-2000)).toBe(true);
});

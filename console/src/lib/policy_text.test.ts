import { beforeEach, expect, test } from 'vitest';
import { i18n } from '../i18n/i18n.svelte';
import { vi } from '../i18n/vi';
import { is_plain_ladder, type EscalationPolicy } from './desk';
import { policy_name, policy_notes, step_text, takes_text, target_key, target_of_key, type Book } from './policy_text';
import type { Channel } from './types';

beforeEach(() => { i18n.texts = vi; i18n.language = 'vi'; });
const channel = (id: string, name: string): Channel => ({ id, name, kind: 'smtp', enabled: true, settings: {}, state: 'ok', last_error: null, last_ok_at: null });
const book: Book = {
  channels: [channel('sms', 'SMS'), channel('mail', 'Thư')],
  people: [{ id: 'an', name: 'Lê An', username: null, unit: '', phone: '', contacts: [{ channel_id: 'sms' }, { channel_id: 'mail', address: 'an@x' }] },
    { id: 'chi', name: 'Trần Chi', username: null, unit: '', phone: '', contacts: [] }],
  rosters: [{ id: 'r', name: 'Trực ban', revision: 1, tiers: [{ id: 'first', name: 'Trực chính', layers: [] }] }],
};
const policy: EscalationPolicy = {
  id: 'default', name: 'default', version: 3, repeat_last_minutes: 15, least: 'high', acknowledge_minutes: 0, watches: [], fallback: [],
  steps: [{ after_minutes: 0, targets: [{ kind: 'tier', id: 'r', tier: 'first' }] },
    { after_minutes: 5, targets: [{ kind: 'person', id: 'an', tier: '' }, { kind: 'person', id: 'chi', tier: '' }, { kind: 'channel', id: 'mail', tier: '' }] },
    { after_minutes: 30, targets: [{ kind: 'tier', id: 'r', tier: 'second' }, { kind: 'person', id: 'x', tier: '' }, { kind: 'channel', id: 'x', tier: '' }] }],
};

test('steps say who and by what, and what is gone', () => {
  expect(policy.steps.map((step) => step_text(step, book))).toEqual([
    'Ngay lập tức: Trực chính của “Trực ban”',
    'Sau 5 phút: Lê An (SMS → Thư); Trần Chi (chưa có cách gọi); kênh “Thư”',
    'Sau 30 phút: bậc trực không còn; người đã gỡ; kênh đã xóa']);
});
test('what stands beside the steps', () => {
  expect(policy_notes(policy, book)).toEqual([vi['escalation.repeat'].replace('{minutes}', '15'), vi['escalation.no_fallback'], vi['escalation.least'].replace('{severity}', 'Cao')]);
  expect(policy_notes({ ...policy, steps: [], acknowledge_minutes: 120 }, book)[1]).toContain('120 phút');
  expect([policy_name(policy), takes_text(policy)]).toEqual(['Mặc định', vi['escalation.takes_rest']]);
  expect(takes_text({ ...policy, id: 'x', watches: ['sites', 'logs'] })).toBe('Nhận cảnh báo của: Canh trang web, Canh nhật ký');
});
test('only a list of channels is a plain ladder', () => {
  expect(is_plain_ladder(policy)).toBe(false);
  expect(is_plain_ladder({ steps: [{ after_minutes: 0, targets: [{ kind: 'channel', id: 'mail', tier: '' }] }] })).toBe(true);
  expect(is_plain_ladder({ steps: [] })).toBe(true);
});
test('a target survives being the value of an option', () => {
  for (const target of policy.steps.flatMap((step) => step.targets)) expect(target_of_key(target_key(target))).toEqual(target);
});

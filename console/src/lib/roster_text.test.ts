import { beforeEach, expect, test } from 'vitest';
import { i18n } from '../i18n/i18n.svelte';
import { vi } from '../i18n/vi';
import type { Roster, Shift } from './desk';
import { changed_lines, names_of, roster_lines, shift_name, shift_why, turn_text } from './roster_text';

beforeEach(() => { i18n.texts = vi; i18n.language = 'vi'; });
const people = [{ id: 'a', name: 'Lê An', username: null, unit: '', phone: '', contacts: [] }, { id: 'b', name: 'Vũ Bình', username: null, unit: '', phone: '', contacts: [] }];
const names = names_of(people);
const roster: Roster = { id: 'r', name: 'Trực ban', revision: 1, tiers: [
  { id: 'first', name: 'Trực chính', layers: [
    { name: 'tuần', zone: 'Asia/Ho_Chi_Minh', start: '2026-01-05T07:00', end: null, turn_minutes: 10_080, members: ['a', 'b'], windows: [] },
    { name: '', zone: 'Asia/Ho_Chi_Minh', start: '2026-01-05T22:00', end: null, turn_minutes: 1440, members: ['b', 'gone'], windows: [{ from_minute: 1320, to_minute: 1800 }] }] },
  { id: 'second', name: '', layers: [] }] };
const shift = (more: Partial<Shift>): Shift => ({ from: '', to: '', person: 'a', person_name: 'Lê An', layer: 'tuần', stands_in_for: null, override_id: null, swapped_from: null, on_leave: false, ...more });

test('each layer is a sentence, a removed person is said to be one', () => {
  expect(roster_lines(roster, names)).toEqual([
    'Trực chính · tuần: Lê An → Vũ Bình – mỗi phiên một tuần, từ 2026-01-05 07:00 (Asia/Ho_Chi_Minh)',
    'Trực chính · Lớp 2: Vũ Bình → người đã gỡ – mỗi phiên một ngày, từ 2026-01-05 22:00 (Asia/Ho_Chi_Minh); chỉ T2 22:00–T3 06:00',
    'second: chưa có vòng trực']);
});
test('a change shows as what went and what came', () => {
  expect(changed_lines(['x', 'y'], ['y', 'z'])).toEqual([{ sign: '−', line: 'x' }, { sign: '+', line: 'z' }]);
});
test('the reason that stands highest is named', () => {
  expect(shift_why(shift({ swapped_from: 'b', override_id: 'o', stands_in_for: 'b' }), names)).toBe('đổi ca với Vũ Bình');
  expect(shift_why(shift({ override_id: 'o', stands_in_for: 'b' }), names)).toBe(vi['roster.why_override']);
  expect(shift_why(shift({ stands_in_for: 'b' }), names)).toBe('thay Vũ Bình, người đang nghỉ');
  expect(shift_why(shift({ person: null }), names)).toBe('');
  expect(shift_name(shift({ on_leave: true }))).toBe('Lê An – nhưng đang nghỉ');
});
test('lengths of turns in the largest unit that fits', () => {
  expect([720, 2880, 45].map(turn_text)).toEqual(['12 giờ', '2 ngày', '45 phút']);
});

// Lays the shifts of a tier out on weeks of days, in the reader's zone: one piece for each day a shift touches.
import type { Shift } from './desk';

export interface Piece {
  shift: Shift;
  start: number; // of the day, 0 to 1
  size: number; // of the day, 0 to 1
  begins: boolean; // the shift itself begins here, not the day
}
export interface Day { at: number; pieces: Piece[] } // `at`: midnight, ms

export const kWeeks = 4;

// Midnight of the Monday at or before a moment.
export function monday_of(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day.getTime();
}
// By the calendar, not by 24 hours: a day of the change to summer time is shorter.
export function add_days(at: number, days: number): number {
  const day = new Date(at);
  day.setDate(day.getDate() + days);
  return day.getTime();
}
export const is_gap = (shift: Shift): boolean => shift.person === null || shift.on_leave;

export function weeks_of(shifts: Shift[], from: number, weeks = kWeeks): Day[][] {
  return Array.from({ length: weeks }, (_, week) => Array.from({ length: 7 }, (_, offset) => {
    const at = add_days(from, week * 7 + offset);
    return { at, pieces: pieces_of(shifts, at, add_days(at, 1)) };
  }));
}
function pieces_of(shifts: Shift[], from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  for (const shift of shifts) {
    const shift_from = Date.parse(shift.from);
    const start = Math.max(from, shift_from);
    const end = Math.min(to, Date.parse(shift.to));
    if (end <= start) continue;
    pieces.push({ shift, start: (start - from) / (to - from), size: (end - start) / (to - from), begins: shift_from >= from });
  }
  return pieces;
}
// A colour for each person that stays the same from page to page; the name stands beside it always.
export const kHues = 8;
export function hue_of(person: string | null): number {
  let sum = 0;
  for (const letter of person ?? '') sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % kHues;
}

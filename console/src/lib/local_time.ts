// Times of forms. <input type="datetime-local"> speaks the reader's own zone and knows none; the API wants UTC.
export function to_input(at: string | number | Date): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
// Empty or incomplete input: null.
export function from_input(text: string): string | null {
  const at = text ? new Date(text) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString().replace(/\.\d+Z$/, 'Z') : null;
}
export const own_zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const kWeekMinutes = 7 * 24 * 60;
const kDayMinutes = 24 * 60;
// A moment of the week as two fields show it: a weekday (0: Monday) and "22:00". The week's end is Monday 00:00 of the next.
export function week_parts(minute: number): { day: number; time: string } {
  const within = ((minute % kWeekMinutes) + kWeekMinutes) % kWeekMinutes;
  const of_day = within % kDayMinutes;
  return { day: Math.floor(within / kDayMinutes), time: `${String(Math.floor(of_day / 60)).padStart(2, '0')}:${String(of_day % 60).padStart(2, '0')}` };
}
export function week_minute(day: number, time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return day * kDayMinutes + (hours || 0) * 60 + (minutes || 0);
}

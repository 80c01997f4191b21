// Texts of the console. vi.ts is the source of the keys; en.ts must have the same (types and a test see to it).
// "{name}" is replaced; "{n:alert|alerts}" picks by n (English only needs it). Each language is its own chunk.
import type { Language } from '../lib/types';
import type { vi } from './vi';

export type Key = keyof typeof vi;
export type Catalogue = Record<Key, string>;
export type Arguments = Record<string, string | number>;

const kLoaders: Record<Language, () => Promise<Catalogue>> = {
  vi: () => import('./vi').then((m) => m.vi),
  en: () => import('./en').then((m) => m.en),
};

class I18n {
  language = $state<Language>('vi');
  texts = $state.raw<Catalogue | null>(null);
}
export const i18n = new I18n();

export function first_language(): Language {
  const chosen = document.documentElement.lang;
  try {
    const stored = localStorage.getItem('vedette.language');
    if (stored === 'vi' || stored === 'en') return stored;
  } catch {
    // fall through to what the browser prefers
  }
  const wanted = navigator.languages?.find((l) => /^(vi|en)\b/.test(l)) ?? chosen;
  return wanted.startsWith('en') ? 'en' : 'vi';
}

export async function use_language(language: Language): Promise<void> {
  const texts = await kLoaders[language]();
  i18n.texts = texts;
  i18n.language = language;
  document.documentElement.lang = language;
  try { localStorage.setItem('vedette.language', language); } catch { /* the choice lasts as long as the page */ }
}

export function fill(text: string, args?: Arguments): string {
  if (!args) return text;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = args[name];
    if (value === undefined) return whole;
    if (one !== undefined) return Number(value) === 1 ? one : (many ?? '');
    return typeof value === 'number' ? number_text(value) : value;
  });
}
export function t(key: Key, args?: Arguments): string {
  return fill(i18n.texts?.[key] ?? key, args);
}
// For values that come from the server: the text of `prefix.value`, or the value itself.
export function t_value(prefix: string, value: string): string {
  return (i18n.texts as Record<string, string> | null)?.[`${prefix}.${value}`] ?? value;
}

const locale = () => (i18n.language === 'vi' ? 'vi-VN' : 'en-GB');
const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function kept<F extends Intl.NumberFormat | Intl.DateTimeFormat>(name: string, make: () => F): F {
  const key = `${i18n.language}/${name}`;
  let format = formats.get(key) as F | undefined;
  if (!format) formats.set(key, (format = make()));
  return format;
}
export function number_text(value: number): string {
  return kept('n', () => new Intl.NumberFormat(locale())).format(value);
}
export function bytes_text(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
  const digits = unit === 0 || bytes >= 100 ? 0 : 1;
  return `${kept(`b${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits })).format(bytes)} ${units[unit]}`;
}
export function date_time(at: string | number | null | undefined): string {
  if (!at) return '–';
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '–';
  return kept('dt', () => new Intl.DateTimeFormat(locale(), {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
  })).format(date);
}
// Sentences of the server carry times as RFC 3339, which nobody reads gladly: shown in the reader's zone and manner. Of an id
// its end is enough to tell two apart.
export function with_times(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => date_time(at))
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{4}([0-9a-f]{8})\b/g, '…$1');
}
export function clock_time(at: string | number): string {
  return kept('ct', () => new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hour12: false })).format(new Date(at));
}
export function day_text(at: string | number): string {
  return kept('d', () => new Intl.DateTimeFormat(locale(), { year: 'numeric', month: '2-digit', day: '2-digit' })).format(new Date(at));
}
// "4 phút trước", "in 2 days"; short forms for table cells.
export function ago(at: string | number | null | undefined, now: number): string {
  if (!at) return '–';
  const seconds = Math.round((now - new Date(at).getTime()) / 1000);
  if (Number.isNaN(seconds)) return '–';
  const size = Math.abs(seconds);
  if (size < 5) return t('time.now');
  const [n, unit] = size < 60 ? [size, 's'] : size < 3600 ? [Math.floor(size / 60), 'm']
    : size < 86_400 ? [Math.floor(size / 3600), 'h'] : [Math.floor(size / 86_400), 'd'];
  const amount = t(`time.${unit}` as Key, { n: n as number });
  return t(seconds >= 0 ? 'time.ago' : 'time.in', { amount });
}
export function duration(seconds: number): string {
  const [n, unit] = seconds < 60 ? [Math.round(seconds), 's'] : seconds < 3600 ? [Math.round(seconds / 60), 'm']
    : seconds < 86_400 ? [Math.round(seconds / 3600), 'h'] : [Math.round(seconds / 86_400), 'd'];
  return t(`time.${unit}` as Key, { n: n as number });
}

// What is searched for in the events, as the server's `q` writes it: words, and fields with = != ~ and ?. Here it is taken
// apart so that the conditions can be shown, added and taken away one by one, and put together again.
export type ConditionKind = 'word' | 'is' | 'is_not' | 'contains' | 'present';
export interface Condition { kind: ConditionKind; field: string; value: string }

// The server's own rules (src/server/api/events.cpp): quotes hold blanks and signs together, two of them inside are one.
export function parse_query(text: string): Condition[] {
  const out: Condition[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === ' ') { at++; continue; }
    let word = '';
    let sign = -1;
    let quoted = false;
    let last_quoted = false;
    for (; at < text.length && (quoted || text[at] !== ' '); at++) {
      last_quoted = quoted;
      if (text[at] === '"') {
        if (!(quoted && text[at + 1] === '"')) { last_quoted = true; quoted = !quoted; continue; }
        at++;
      }
      if (!quoted && sign < 0 && (text[at] === '=' || text[at] === '~') && word) sign = word.length;
      word += text[at];
    }
    if (sign >= 0) {
      const field = word.slice(0, sign);
      const value = word.slice(sign + 1);
      if (field.endsWith('!') && word[sign] === '=') out.push({ kind: 'is_not', field: field.slice(0, -1), value });
      else out.push({ kind: word[sign] === '~' ? 'contains' : 'is', field, value });
    } else if (!last_quoted && word.length > 1 && word.endsWith('?')) out.push({ kind: 'present', field: word.slice(0, -1), value: '' });
    else if (word) out.push({ kind: 'word', field: '', value: word });
  }
  return out;
}
const quoted = (text: string, needs: RegExp) => (text === '' || needs.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export function format_condition({ kind, field, value }: Condition): string {
  if (kind === 'word') return quoted(value, /[ "=~?]/);
  const name = quoted(field, /[ "=~!?]/);
  if (kind === 'present') return `${name}?`;
  return `${name}${kind === 'is' ? '=' : kind === 'is_not' ? '!=' : '~'}${quoted(value, /[ "]/)}`;
}
export const format_query = (conditions: Condition[]) => conditions.map(format_condition).join(' ');

const same = (a: Condition, b: Condition) => a.kind === b.kind && a.field === b.field && a.value === b.value;
// With one more condition; what says the contrary of the same field and value goes.
export function with_condition(text: string, more: Condition): string {
  const against: ConditionKind = more.kind === 'is' ? 'is_not' : 'is';
  const kept = parse_query(text).filter((one) => !same(one, more) && !(one.kind === against && one.field === more.field && one.value === more.value));
  return format_query([...kept, more]);
}
export function without_condition(text: string, index: number): string {
  return format_query(parse_query(text).filter((_, i) => i !== index));
}

// A time to search in: the last so many seconds, or from … to.
export const kRanges = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const;
export type RangeName = keyof typeof kRanges;
export interface Span { from: number; to: number } // Unix milliseconds
export const is_range = (text: string): text is RangeName => Object.hasOwn(kRanges, text);

export function span_of(query: URLSearchParams, now: number): Span {
  const from = Date.parse(query.get('from') ?? '');
  const to = Date.parse(query.get('to') ?? '');
  if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) return { from, to };
  const range = query.get('range') ?? '';
  return { from: now - kRanges[is_range(range) ? range : '24h'] * 1000, to: now };
}
// Twice as long around the same middle, but not into the future.
export function zoomed_out({ from, to }: Span, now: number): Span {
  const half = Math.max(500, to - from);
  const middle = (from + to) / 2;
  const end = Math.min(Math.max(now, to), Math.round(middle + half));
  return { from: Math.round(end - 2 * half), to: end };
}
export function panned({ from, to }: Span, parts: number, now: number): Span {
  const by = Math.round((to - from) * parts);
  const end = Math.min(Math.max(now, to), to + by);
  return { from: end - (to - from), to: end };
}

import { describe, expect, test } from 'vitest';
import { format_query, panned, parse_query, span_of, with_condition, without_condition, zoomed_out, type Condition } from './log_query';

describe('conditions', () => {
  test('are read as the server reads them', () => {
    expect(parse_query('Failed source.ip=192.0.2.7 EventID!=4624 Image~powershell user.name? "two words" a="b c"')).toEqual([
      { kind: 'word', field: '', value: 'Failed' },
      { kind: 'is', field: 'source.ip', value: '192.0.2.7' },
      { kind: 'is_not', field: 'EventID', value: '4624' },
      { kind: 'contains', field: 'Image', value: 'powershell' },
      { kind: 'present', field: 'user.name', value: '' },
      { kind: 'word', field: '', value: 'two words' },
      { kind: 'is', field: 'a', value: 'b c' },
    ]);
  });
  test('survive being written and read again, whatever they hold', () => {
    const pieces = ['a', ' ', '"', '=', '~', '!', '?', '\\', 'ế'];
    let seed = 7;
    const random = (n: number) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
    const text = (least: number) => Array.from({ length: least + random(4) }, () => pieces[random(pieces.length)]).join('');
    for (let i = 0; i < 5000; i++) {
      const kind = (['word', 'is', 'is_not', 'contains', 'present'] as const)[random(5)]!;
      const one: Condition = kind === 'word' ? { kind, field: '', value: text(1) } : { kind, field: `f${text(0).replaceAll('"', '')}x`, value: kind === 'present' ? '' : text(0) };
      expect(parse_query(format_query([one, one]))).toEqual([one, one]);
    }
  });
  test('one more takes its contrary away', () => {
    expect(with_condition('x host!=web-1', { kind: 'is', field: 'host', value: 'web-1' })).toBe('x host=web-1');
    expect(with_condition('host=web-1', { kind: 'is', field: 'host', value: 'web-1' })).toBe('host=web-1');
    expect(without_condition('x host=web-1 y', 1)).toBe('x y');
  });
});

describe('time', () => {
  const now = 1_800_000_000_000;
  test('is absolute where both ends are given, else relative', () => {
    expect(span_of(new URLSearchParams('range=1h'), now)).toEqual({ from: now - 3_600_000, to: now });
    expect(span_of(new URLSearchParams('range=nonsense'), now)).toEqual({ from: now - 86_400_000, to: now });
    const both = { from: new Date(now - 5000).toISOString(), to: new Date(now).toISOString() };
    expect(span_of(new URLSearchParams(both), now)).toEqual({ from: now - 5000, to: now });
  });
  test('zooming out doubles and stops at now', () => {
    expect(zoomed_out({ from: now - 3000, to: now - 2000 }, now)).toEqual({ from: now - 3500, to: now - 1500 });
    expect(zoomed_out({ from: now - 1000, to: now }, now)).toEqual({ from: now - 2000, to: now });
    expect(panned({ from: now - 2000, to: now - 1000 }, 0.5, now)).toEqual({ from: now - 1500, to: now - 500 });
    expect(panned({ from: now - 1000, to: now }, 0.5, now)).toEqual({ from: now - 1000, to: now });
  });
});

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fill } from './i18n.svelte';
import { en } from './en';
import { vi } from './vi';

const source = new URL('..', import.meta.url).pathname;
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}
const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort();

describe('catalogues', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
  });
  test('no text is empty', () => {
    for (const catalogue of [vi, en]) expect(Object.entries(catalogue).filter(([, text]) => !text.trim())).toEqual([]);
  });
  test('both languages take the same arguments', () => {
    const different = Object.keys(vi).filter((key) => names(vi[key as keyof typeof vi]).join() !== names(en[key as keyof typeof vi]).join());
    expect(different).toEqual([]);
  });
  test('every key named in the sources exists', () => {
    const missing: string[] = [];
    for (const path of files(source).filter((p) => /\.(svelte|ts)$/.test(p) && !p.endsWith('.test.ts'))) {
      for (const match of readFileSync(path, 'utf8').matchAll(/\bt\('([a-z_]+\.[\w.]+)'/g)) {
        if (!(match[1]! in vi)) missing.push(`${path}: ${match[1]}`);
      }
    }
    expect(missing).toEqual([]);
  });
  test('Vietnamese texts that are sentences carry diacritics', () => {
    const plain = Object.entries(vi).filter(([, text]) => text.split(' ').length > 3 && !/[à-ỹđ]/i.test(text));
    expect(plain).toEqual([]);
  });
});

describe('fill', () => {
  test('puts arguments in', () => expect(fill('{a} và {b}', { a: 'x', b: 'y' })).toBe('x và y'));
  test('picks the form by number', () => {
    expect(fill('{n:alert|alerts}', { n: 1 })).toBe('alert');
    expect(fill('{n:alert|alerts}', { n: 2 })).toBe('alerts');
  });
  test('leaves an unknown argument visible', () => expect(fill('{who}', { n: 1 })).toBe('{who}'));
});

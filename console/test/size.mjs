// What a first visit loads: index.html, its scripts and style sheets with everything they import statically, the
// texts of one language and the page that is shown first. Fonts come later and do not hold anything up.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const kLimit = 120 * 1024;
const dist = new URL('../dist/', import.meta.url).pathname;
const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const assets = readdirSync(join(dist, 'assets'));
const files = new Set(['index.html', 'theme.js']);

function add(name) {
  if (files.has(name)) return;
  files.add(name);
  if (!name.endsWith('.js')) return;
  const text = readFileSync(join(dist, name), 'utf8');
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) add(`assets/${match[1]}`);
}
for (const match of readFileSync(join(dist, 'index.html'), 'utf8').matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) add(match[1]);
// The first page, in the heavier of the two languages, with what it shares with other pages.
const language = ['vi', 'en'].map((l) => assets.find((a) => a.startsWith(`${l}-`) && a.endsWith('.js')))
  .sort((a, b) => readFileSync(join(dist, 'assets', b)).length - readFileSync(join(dist, 'assets', a)).length)[0];
add(`assets/${language}`);
const entry = [...files].find((f) => /assets\/index-.*\.js$/.test(f));
const entry_text = readFileSync(join(dist, entry), 'utf8');
const list = /m\.f\s*\|\|\s*\(m\.f\s*=\s*(\[[^\]]*\])/.exec(entry_text);
const deps = list ? JSON.parse(list[1]) : [];
const first = new RegExp('import\\("\\./(Shift-[^"]+\\.js)"\\)[^\\[]*(?:__vite__mapDeps\\(\\[([\\d,]*)\\]\\))?').exec(entry_text);
if (!first) throw new Error('the first page was not found in the entry script');
add(`assets/${first[1]}`);
for (const index of (first[2] ?? '').split(',').filter(Boolean)) add(deps[Number(index)].replace(/^\//, ''));

let total = 0;
for (const name of files) {
  const size = brotli(readFileSync(join(dist, name)));
  total += size;
  console.log(`${String(size).padStart(8)}  ${name}`);
}
console.log(`${String(total).padStart(8)}  first load, brotli (limit ${kLimit})`);
if (total > kLimit) process.exit(1);

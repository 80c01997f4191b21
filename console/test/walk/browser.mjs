// The browser of the walk, what it looks out for, and how it waits: for conditions, never for a time.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const setup_link = process.env.SETUP_LINK ?? '';
export const base = (process.env.BASE_URL ?? (setup_link ? new URL(setup_link).origin : 'http://127.0.0.1:8480')).replace(/\/$/, '');
export const kSeconds = Number(process.env.WALK_SECONDS ?? 120); // for one condition, on a slow machine
const results = process.env.WALK_RESULTS ? `${process.env.WALK_RESULTS}/` : new URL('../../test-results/', import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'vi-VN', colorScheme: 'dark', reducedMotion: 'reduce' });
context.setDefaultTimeout(kSeconds * 1000);
export const page = await context.newPage();
export const problems = [];
export const expected = { errors: 0 }; // refusals the walk itself provokes; the browser logs each as an error
page.on('console', (message) => {
  if (message.type() !== 'error') return;
  // Of two snapshots to compare one may have gone meanwhile: the page then shows no comparison.
  if (/status of 404/.test(message.text()) && /\/compare\?/.test(message.location().url ?? '')) return;
  // A server that takes no agents does not know the collection; the console asks once and says so.
  if (/status of 404/.test(message.text()) && /\/api\/v1\/hosts(\?|$)/.test(message.location().url ?? '')) return;
  if (/status of 401/.test(message.text()) || (expected.errors > 0 && /Failed to load resource|EventSource/.test(message.text()))) return;
  problems.push(`browser: ${message.text()} ${message.location().url ?? ''}`);
});
page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
page.on('dialog', (dialog) => void dialog.accept());
// The same person in a browser window without JavaScript, on a phone; looked at like every page.
export async function without_scripts(work) {
  const plain_context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'vi-VN', javaScriptEnabled: false, storageState: await context.storageState() });
  plain_context.setDefaultTimeout(kSeconds * 1000);
  const plain = await plain_context.newPage();
  try {
    await work(plain);
    await plain.screenshot({ path: `${results}${String(++number).padStart(3, '0')}-plain.png`, fullPage: true });
  } finally { await plain_context.close(); }
}
const waiting = new Set();
page.on('request', (request) => {
  if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) problems.push(`request to another host: ${request.url()}`);
  if (!request.url().endsWith('/api/v1/stream')) waiting.add(request);
});
for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => waiting.delete(request));
page.on('framenavigated', (frame) => { if (frame === page.mainFrame()) waiting.clear(); });

let number = 0;
export const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const frames = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// `instead` says what is there when the wait was in vain.
export async function until(what, test, seconds = kSeconds, instead = async () => '') {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what} ${await instead()}`);
    await page.waitForTimeout(100);
  }
}
// Nothing is being read any more and what was read is painted.
export async function settled() {
  for (;;) {
    await until('the page has read what it needs', () => waiting.size === 0);
    await frames();
    if (waiting.size === 0) return;
  }
}
export const pictures = () => number;
export async function shot(name, options = {}) {
  await page.screenshot({ path: `${results}${String(++number).padStart(3, '0')}-${name}.png`, ...options });
}
export async function check_axe(name) {
  // Through the protocol, not a <script>: the page's own policy stays as it is.
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')) {
    problems.push(`axe ${name}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  }
}
// English sentences in the Vietnamese console: common words of English that are no word of Vietnamese. Names, code,
// keys and what was found on a page (code, pre, .mono, .data, “quoted”) may be anything.
export async function check_words(name) {
  const found = await page.evaluate(() => {
    const kEnglish = /\b(the|of|is|are|was|not|and|or|with|this|that|to be|has|have|from|for|failed|error|mailbox|kept|accepted|unknown|invalid|user|by the|days?|minutes?|hours?|seconds?|ago)\b/i;
    const lines = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.trim().replace(/“[^”]*”/g, '').replace('User-Agent', '');
      if (!text || !kEnglish.test(text) || node.parentElement.closest('code, pre, kbd, .mono, [lang=en], script, style, noscript, .data')) continue;
      lines.push(text.slice(0, 120));
    }
    return [...new Set(lines)];
  });
  for (const text of found) problems.push(`English in the Vietnamese ${name}: ${text}`);
}
export const call = (method, path, body) => page.evaluate(async ([method, path, body]) => {
  const session = await (await fetch('/api/v1/session')).json();
  const response = await fetch(`/api/v1${path}`, { method, headers: { 'X-CSRF-Token': session.csrf_token, 'Content-Type': 'application/json' }, body: body ? JSON.stringify(body) : undefined });
  const text = await response.text();
  return { status: response.status, json: text && (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : null };
}, [method, path, body]);
export const get = async (path) => (await call('GET', path)).json;
// Goes to a page as a person would see it.
export async function open(path) {
  await page.goto(base + path);
  await page.locator('h1').first().waitFor();
  await settled();
}
export async function seen(name) {
  await settled();
  await shot(name);
  await check_axe(name);
}

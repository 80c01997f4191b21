// Measures the Triage screen as the person at it feels it: the time from a key to the next paint (Event Timing API),
// the frames while scrolling (requestAnimationFrame) and the long tasks (Long Tasks API). bench/console/run starts it.
import { chromium } from 'playwright-core';

const base = process.env.BASE_URL;
const kSlower = 4;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'vi-VN', colorScheme: 'dark', reducedMotion: 'reduce' });
const page = await context.newPage();
await page.addInitScript(() => {
  window.seen = { tasks: [], events: [], frames: [], running: false };
  new PerformanceObserver((list) => { for (const e of list.getEntries()) seen.tasks.push(e.duration); }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.name === 'keydown') seen.events.push(e.duration); }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  let last = 0;
  const frame = (now) => { if (seen.running && last) seen.frames.push(now - last); last = seen.running ? now : 0; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
});
const quantile = (values, q) => { const s = [...values].sort((a, b) => a - b); return s.length ? s[Math.min(s.length - 1, Math.floor(q * s.length))] : 0; };
const round = (v) => Math.round(v * 10) / 10;
const rows = [];
function report(what, value, note = '') { rows.push([what, value, note]); console.log(`| ${what} | ${value} | ${note} |`); }
const clear = () => page.evaluate(() => { seen.tasks = []; seen.events = []; seen.frames = []; });
const take = () => page.evaluate(() => new Promise((done) => setTimeout(() => done({ ...seen }), 300)));
const shot = async (name) => { if (process.env.BENCH_SHOTS) await page.screenshot({ path: `${process.env.BENCH_SHOTS}/${name}.png` }); };

await page.goto(base);
await page.locator('[name=username]').fill('root');
await page.locator('[name=password]').fill('correct horse battery');
await page.keyboard.press('Enter');
await page.locator('.row.active a.title').waitFor();
const devtools = await context.newCDPSession(page);
await devtools.send('Emulation.setCPUThrottlingRate', { rate: kSlower });

// What the server takes, seen from the browser.
const asked = async (path) => page.evaluate(async (path) => {
  const times = [];
  for (let i = 0; i < 5; i++) { const at = performance.now(); await (await fetch(`/api/v1${path}`)).text(); times.push(performance.now() - at); }
  return times.sort((a, b) => a - b)[2];
}, path);
for (const [name, path] of [
  ['first page, gravest first', '/alerts?state=new&snoozed=false&order=gravest&limit=200'],
  ['first page, newest first', '/alerts?state=closed&limit=200'],
  ['one severity', '/alerts?state=new&snoozed=false&order=gravest&severity=high&limit=200'],
  ['one asset', '/alerts?state=new&snoozed=false&order=gravest&asset=asset-0042&limit=200'],
  ['one kind', '/alerts?state=new&snoozed=false&order=gravest&kind=new_admin&limit=200'],
  ['words that are rare', '/alerts?state=new&snoozed=false&order=gravest&q=so%20123455&limit=200'],
  ['counts, all states', '/alerts/facets?snoozed=false'],
  ['counts, unanswered', '/alerts/facets?state=new&snoozed=false'],
]) report(`server: ${name}`, `${round(await asked(path))} ms`, 'median of 5');

let at = Date.now();
await page.goto(base);
await page.locator('.row.active a.title').waitFor();
report('first rows after the address is opened', `${Date.now() - at} ms`, '');
await page.locator('.facet').first().waitFor();
await page.waitForLoadState('networkidle').catch(() => {});
await shot('many-triage');

async function keys(name, list, note) {
  await clear();
  for (const key of list) { await page.keyboard.press(key); await page.waitForTimeout(60); }
  const { events, tasks } = await take();
  // Events under 16 ms are not reported: they count as 16.
  const all = [...events, ...Array(Math.max(0, list.length - events.length)).fill(16)];
  report(`key to paint: ${name}`, `p50 ${round(quantile(all, 0.5))} ms, p95 ${round(quantile(all, 0.95))} ms, worst ${round(Math.max(...all))} ms`, `${list.length} keys, ${tasks.length} long tasks (worst ${round(Math.max(0, ...tasks))} ms); ${note}`);
}
await page.locator('[role=grid]').focus();
await keys('J', Array(60).fill('j'), 'the row below');
await keys('PageDown', Array(30).fill('PageDown'), 'a screen further');
await keys('K', Array(60).fill('k'), 'the row above');

await clear();
await page.mouse.move(650, 500);
await page.evaluate(() => { seen.running = true; });
const scroll_ms = 8000;
at = Date.now();
while (Date.now() - at < scroll_ms) await page.mouse.wheel(0, 400);
await page.evaluate(() => { seen.running = false; });
const { frames, tasks } = await take();
const where = await page.evaluate(() => Math.round(document.querySelector('[role=grid]').scrollTop / 34));
report('frames while scrolling', `p50 ${round(quantile(frames, 0.5))} ms, p95 ${round(quantile(frames, 0.95))} ms, p99 ${round(quantile(frames, 0.99))} ms`, `${frames.length} frames, ${where} rows passed in ${scroll_ms / 1000} s, ${tasks.length} long tasks (worst ${round(Math.max(0, ...tasks))} ms)`);
await shot('many-scrolled');
await page.locator('[role=grid]').focus();
await keys('J, far down', Array(30).fill('j'), `after ${where} rows`);
await keys('A', Array(10).fill(['a', 'j']).flat(), 'acknowledges and goes on');
await page.keyboard.press('Home');

async function until_rows(what, act, right, argument) {
  at = Date.now();
  await clear();
  await act();
  await page.waitForFunction(right, argument);
  const took = Date.now() - at;
  const { tasks } = await take();
  report(what, `${took} ms`, `to the new rows; ${tasks.length} long tasks (worst ${round(Math.max(0, ...tasks))} ms)`);
}
const only = (name) => { const marks = [...document.querySelectorAll('[role=grid] .row .mark')]; return marks.length > 5 && marks.every((m) => m.classList.contains(name)); };
await until_rows('filter: high severity', () => page.locator('.facet', { hasText: 'Cao' }).first().click(), only, 'high');
await until_rows('filter taken off', () => page.locator('.facet.on').first().click(), only, 'critical');
await until_rows('words searched', () => page.locator('input[type=search]').pressSequentially('so 123455'), () => document.querySelectorAll('[role=grid] .row').length < 5 && document.querySelectorAll('[role=grid] .row').length > 0);
await shot('many-search');
const memory = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
report('memory of the page (JavaScript)', `${round(memory / 1048576)} MiB`, '');
await browser.close();

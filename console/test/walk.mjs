// Walks through the whole console in Chromium against a running server, in both languages, dark and light.
//   BASE_URL    http://127.0.0.1:8480
//   SETUP_LINK  the one-time link that a new instance prints, or
//   WALK_USER / WALK_PASSWORD of an administrator that exists
//   CHROMIUM    /usr/bin/chromium
// It fails on: a serious accessibility violation (axe), an error in the browser's log (a broken Content-Security-Policy
// is one), a request to another host, or a step that does not do what it says. Pictures go to test-results/.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const setup_link = process.env.SETUP_LINK ?? '';
const base = (process.env.BASE_URL ?? (setup_link ? new URL(setup_link).origin : 'http://127.0.0.1:8480')).replace(/\/$/, '');
const user = process.env.WALK_USER ?? 'truc.ban';
const password = process.env.WALK_PASSWORD ?? 'mot cau that dai va de nho 2026';
const results = new URL('../test-results/', import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kTourSeconds = Number(process.env.WALK_TOUR_SECONDS ?? 240);
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'vi-VN', colorScheme: 'dark', reducedMotion: 'reduce' });
const page = await context.newPage();
const problems = [];
let expected_errors = 0; // refusals the walk itself provokes; the browser logs each as an error
page.on('console', (message) => {
  if (message.type() !== 'error') return;
  if (/status of 401/.test(message.text()) || (expected_errors > 0 && /Failed to load resource|EventSource/.test(message.text()))) return;
  problems.push(`browser: ${message.text()}`);
});
page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
page.on('request', (request) => {
  if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) problems.push(`request to another host: ${request.url()}`);
});

let number = 0;
async function shot(name) {
  await page.screenshot({ path: `${results}${String(++number).padStart(2, '0')}-${name}.png` });
}
async function check_axe(name) {
  // Through the protocol, not a <script>: the page's own policy stays as it is.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')) {
    problems.push(`axe ${name}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  }
}
const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const call = (method, path, body) => page.evaluate(async ([method, path, body]) => {
  const session = await (await fetch('/api/v1/session')).json();
  const response = await fetch(`/api/v1${path}`, { method, headers: { 'X-CSRF-Token': session.csrf_token, 'Content-Type': 'application/json' }, body: body ? JSON.stringify(body) : undefined });
  const text = await response.text();
  return { status: response.status, json: text && (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : null };
}, [method, path, body]);
async function until(what, test, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await page.waitForTimeout(250);
  }
}
async function open(path, name) {
  await page.goto(base + path);
  await page.locator('h1').first().waitFor();
  await page.waitForLoadState('load');
  await page.waitForTimeout(400); // the page's own reads
  await shot(name);
  await check_axe(name);
}

async function enter() {
  if (setup_link) {
    await page.goto(setup_link);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await shot('setup');
    await check_axe('setup');
    await page.locator('[name=display_name]').fill('Nguyễn Thị Trực');
    await page.locator('[name=username]').fill(user);
    await page.locator('[name=password]').fill(password);
    await page.locator('[name=again]').fill(password);
    await page.keyboard.press('Enter');
    await page.locator('nav').first().waitFor();
    say('the first administrator is made');
    await call('DELETE', '/session');
  }
  await page.goto(base);
  await page.locator('[name=username]').waitFor();
  await shot('sign-in');
  await check_axe('sign-in');
  await page.locator('[name=username]').fill(user);
  await page.locator('[name=password]').fill('sai mat khau roi');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await page.locator('[name=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('nav').first().waitFor();
  say('signed in');
}

async function tour() {
  await page.goto(`${base}/tour`);
  await page.locator('ol > li').first().waitFor();
  await shot('tour-start');
  await check_axe('tour-start');
  const now = () => page.locator('ol > li.now');
  const step = async (n, seconds) => until(`step ${n} of the tour`, async () => (await now().locator('.n').textContent().catch(() => '')) === String(n), seconds);
  const state = (await call('GET', '/tour')).json;
  if (state.state === 'off') { await now().locator('button.primary').click(); await step(2, 30); await shot('tour-learning'); }
  await step(3, kTourSeconds);
  await shot('tour-learnt');
  await check_axe('tour-learnt');
  const at = Date.now();
  await now().locator('button.danger').click();
  await step(6, kTourSeconds);
  say(`deface to alert and mail: ${((Date.now() - at) / 1000).toFixed(1)} s`);
  await shot('tour-alert');
  await check_axe('tour-alert');
  return (await call('GET', '/tour')).json;
}

// Every triage action, with the keyboard alone.
async function triage_by_keyboard() {
  await page.goto(base);
  await page.locator('[role=grid] [role=row].row').first().waitFor();
  const first = async () => (await call('GET', '/alerts?limit=50')).json.items;
  const alerts = await first();
  assert.ok(alerts.length >= 1, 'there is an alert to work on');
  const id = (await page.locator('.row.active a.title').getAttribute('href')).split('/').pop();
  const get = async () => (await call('GET', `/alerts/${id}`)).json;
  const becomes = (what, test) => until(what, async () => test(await get()));
  await shot('triage');
  await check_axe('triage');

  await page.keyboard.press('a');
  await becomes('A acknowledges', (a) => a.state === 'acknowledged');
  await page.keyboard.press('u');
  await becomes('U gives back', (a) => a.state === 'new');
  await page.keyboard.press('s');
  await page.locator('dialog').waitFor();
  await shot('triage-snooze');
  await check_axe('triage-snooze');
  await page.keyboard.press('2');
  await becomes('S snoozes', (a) => a.snoozed_until !== null);
  await page.keyboard.press('u');
  await becomes('U wakes', (a) => !a.snoozed_until);
  await page.keyboard.press('f');
  await page.locator('dialog input').waitFor();
  await page.keyboard.type('Thay đổi theo kế hoạch');
  await shot('triage-false-positive');
  await check_axe('triage-false-positive');
  await page.keyboard.press('Enter');
  await becomes('F closes as a false positive', (a) => a.state === 'closed' && a.resolution === 'false_positive');
  await page.keyboard.press('u');
  await becomes('U reopens', (a) => a.state === 'new');
  if (alerts.filter((a) => a.state === 'new').length >= 2) {
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('m');
    await page.locator('dialog [role=option]').first().waitFor();
    await shot('triage-merge');
    await check_axe('triage-merge');
    await page.keyboard.press('Enter');
    await becomes('M merges', (a) => Boolean(a.merged_into));
    await page.keyboard.press('u');
    await becomes('U takes apart', (a) => !a.merged_into && a.state === 'new');
    const before = await page.locator('.row.active').getAttribute('aria-rowindex');
    await page.keyboard.press('j');
    assert.notEqual(await page.locator('.row.active').getAttribute('aria-rowindex'), before, 'J moves down');
    await page.keyboard.press('k');
    assert.equal(await page.locator('.row.active').getAttribute('aria-rowindex'), before, 'K moves up');
  }
  await page.keyboard.press('x');
  await page.locator('.marks').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.marks').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.locator('dialog').waitFor();
  await shot('help');
  await check_axe('help');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.locator('dialog input').waitFor();
  await page.keyboard.type('tinh trang');
  await shot('palette');
  await check_axe('palette');
  await page.keyboard.press('Enter');
  await until('the palette opens a page', () => new URL(page.url()).pathname === '/health');
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await until('G A goes to the alerts', () => new URL(page.url()).pathname === '/');
  await page.locator('.row.active').waitFor();
  await page.keyboard.press('Enter');
  await until('Enter opens', () => new URL(page.url()).pathname.startsWith('/alerts/'));
  say('every triage action by keyboard');
}

const screens = (state) => [
  ['/', 'triage'], [`/alerts/${state.alert_id}`, 'alert'], ['/sites', 'sites'], [`/sites/${state.site_id}`, 'site'],
  ['/sites?add=1', 'site-add'], ['/sites?import=1', 'site-import'], ['/settings', 'settings'], ['/settings/channels', 'channels'],
  ['/settings/ladder', 'ladder'], ['/settings/users', 'users'], ['/settings/tokens', 'tokens'], ['/settings/audit', 'audit'],
  ['/health', 'health'], ['/mailbox', 'mailbox'], ['/tour', 'tour'], ['/nothing-here', 'not-found'],
];
async function walk(state) {
  for (const [language, theme] of [['vi', 'dark'], ['vi', 'light'], ['en', 'dark'], ['en', 'light']]) {
    await call('PATCH', '/me', { language });
    await page.evaluate((theme) => localStorage.setItem('vedette.theme', theme), theme);
    for (const [path, name] of screens(state)) {
      await open(path, `${name}-${language}-${theme}`);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    }
    say(`walked: ${language}, ${theme}`);
  }
  // A phone: nothing may stick out sideways.
  await page.setViewportSize({ width: 360, height: 740 });
  await call('PATCH', '/me', { language: 'vi' });
  await page.evaluate(() => localStorage.setItem('vedette.theme', 'dark'));
  for (const [path, name] of screens(state)) {
    await open(path, `phone-${name}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) problems.push(`phone ${name}: ${over} px wider than the screen`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  say('walked: 360 px');
}

async function import_preview() {
  await page.goto(`${base}/sites?import=1`);
  await page.locator('dialog textarea').fill('https://www.example.org/\nkhông phải địa chỉ\n');
  await page.locator('dialog form button.primary').click();
  await page.locator('dialog [role=region]').waitFor();
  await shot('import-preview');
  await check_axe('import-preview');
  assert.equal((await call('GET', '/sites?q=example.org')).json.items.length, 0, 'a preview adds nothing');
}

async function away() {
  // The stream is cut: the banner says so, and goes again when it is back.
  expected_errors++;
  await page.route('**/api/v1/stream', (route) => route.abort());
  await page.goto(base);
  await page.locator('[role=alert].stale').waitFor({ timeout: 30_000 });
  await shot('stale');
  await check_axe('stale');
  await page.unroute('**/api/v1/stream');
  await page.locator('[role=alert].stale button').click();
  await page.locator('[role=alert].stale').waitFor({ state: 'detached', timeout: 30_000 });
  expected_errors--;
  say('stale banner comes and goes');
}

try {
  await enter();
  await page.goto(base);
  await page.locator('nav').first().waitFor();
  await page.waitForTimeout(500);
  await shot('triage-empty');
  await check_axe('triage-empty');
  const state = await tour();
  await triage_by_keyboard();
  await walk(state);
  await import_preview();
  await away();
  await page.goto(`${base}/tour`);
  await page.locator('ol > li.now button.primary').first().click();
  await until('step 7 of the tour', async () => (await page.locator('ol > li.now .n').textContent().catch(() => '')) === '7');
  await shot('tour-end');
  if (process.env.WALK_KEEP_TOUR !== '1') {
    await page.locator('ol > li.now button.primary').click();
    await until('the tour is removed', async () => (await call('GET', '/tour')).json.state === 'off');
    say('tour removed with one click');
  }
} catch (error) {
  await shot('failed').catch(() => {});
  problems.push(`${error.stack}`);
} finally {
  await browser.close();
}
for (const problem of [...new Set(problems)]) console.error(`✗ ${problem}`);
console.log(problems.length === 0 ? `walk: ${number} pictures, no problem` : `walk: ${new Set(problems).size} problems`);
process.exit(problems.length === 0 ? 0 : 1);

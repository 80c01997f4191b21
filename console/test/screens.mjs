// Looks at the screens of hosts and file incidents in states that a real server is hard to bring to: thousands of files, a
// silent host, a rollback that partly failed, roles, a server without agents. Needs dist (npm run build) and Chromium.
// Fails on what the walk fails on: axe, errors in the browser, English in Vietnamese, sideways scrolling on a phone.
import assert from 'node:assert/strict';
import { answers } from './screens/answers.mjs';

const listen = (options) => new Promise((done) => { const made = answers(options); made.server.listen(0, '127.0.0.1', () => done({ ...made, base: `http://127.0.0.1:${made.server.address().port}` })); });
const whole = await listen({});
process.env.BASE_URL = whole.base;
const { browser, call, check_words, expected, open, page, problems, say, seen, shot, until } = await import('./walk/browser.mjs');
const at = (n) => `0199aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`;
const incident = `/file-incidents/${at(201)}`;
// On these screens every word is looked at, dialogs too.
const seen_in_vietnamese = async (name) => { await seen(name); await check_words(name); };
const button = (name) => page.getByRole('button', { name }).first();
// The other servers are other hosts to the browser's guard against requests elsewhere.
const on = async (server, work) => { const before = problems.length; await work((path) => page.goto(server.base + path).then(() => page.locator('h1').first().waitFor())); problems.splice(before, problems.length, ...problems.slice(before).filter((p) => !p.startsWith(`request to another host: ${server.base}`))); };

const screens = [
  ['/hosts', 'hosts'], ['/hosts?view=groups', 'groups'], ['/hosts?view=enrolments', 'enrolments'], ['/hosts?enrol=1', 'enrol'],
  [`/hosts/${at(101)}`, 'host'], [`/hosts/${at(102)}`, 'host-silent'], [`/hosts/${at(103)}`, 'host-blind'], [`/hosts/${at(105)}`, 'host-revoked'],
  [incident, 'incident'], ['/alerts', 'triage'], [`/alerts/${at(401)}`, 'alert'],
];
async function walk(name_suffix = '') {
  for (const [language, theme] of [['vi', 'dark'], ['vi', 'light'], ['en', 'dark'], ['en', 'light']]) {
    await call('PATCH', '/me', { language });
    await page.evaluate((theme) => localStorage.setItem('vedette.theme', theme), theme);
    for (const [path, name] of screens) {
      await open(path);
      await seen(`${name}${name_suffix}-${language}-${theme}`);
      if (language === 'vi' && theme === 'dark') await check_words(name);
      if ((name === 'host' || name === 'incident') && theme === 'light') await shot(`${name}${name_suffix}-${language}-whole`, { fullPage: true });
    }
  }
  await call('PATCH', '/me', { language: 'vi' });
  await page.evaluate(() => localStorage.setItem('vedette.theme', 'dark'));
}
// Nothing may stick out sideways of a phone.
async function narrow(name) {
  await page.setViewportSize({ width: 360, height: 740 });
  await seen(`phone-${name}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) problems.push(`phone ${name}: ${over} px wider than the screen`);
  await page.setViewportSize({ width: 1440, height: 900 });
}
async function phone() {
  for (const [path, name] of screens) { await open(path); await narrow(name); }
}
async function tree() {
  await open(incident);
  const rows = page.locator('[role=treegrid] .body [role=row]');
  const before = await page.getByRole('treegrid').getAttribute('aria-rowcount');
  await button('Mở hết').click();
  await until('the folders are open', async () => (await page.getByRole('treegrid').getAttribute('aria-rowcount')) !== before);
  assert.ok((await rows.count()) < 120, 'only rows in view are in the document');
  await page.locator('[role=treegrid] .row', { hasText: 'Bảng kê' }).first().click();
  await page.locator('.detail code').first().waitFor();
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('End');
  await seen_in_vietnamese('incident-tree-open');
  await page.getByPlaceholder('Lọc theo đường dẫn').fill('luong quyet toan 100.jpg');
  await until('the filter finds them without diacritics', async () => /^4 trong/.test(await page.locator('section header .n').first().textContent()));
  await page.locator('[role=treegrid] .row', { hasText: 'Quyết toán 100.jpg' }).first().click();
  assert.match(await page.locator('.detail').textContent(), /Lương\/Quyết toán 100\.jpg/, 'the chosen file is the one shown');
  await seen_in_vietnamese('incident-tree-filtered');
}
async function act() {
  await open(incident);
  for (const [key, name] of [['f', 'freeze'], ['m', 'allow']]) {
    await page.keyboard.press(key);
    await page.locator('dialog form').waitFor();
    await seen_in_vietnamese(`ask-${name}`);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }
  await page.keyboard.press('f');
  await page.locator('dialog [name=note]').fill('nghi mã hóa');
  await page.keyboard.press('Enter');
  await page.locator('.latest').waitFor();
  await shot('command-under-way');
  await page.locator('.headline.frozen').waitFor();
  await seen_in_vietnamese('incident-frozen');
  await page.keyboard.press('t');
  await page.locator('dialog form').waitFor();
  await seen_in_vietnamese('ask-thaw');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.locator('dialog form').waitFor();
  await seen_in_vietnamese('ask-rollback');
  await page.keyboard.press('Enter');
  await page.locator('.headline.rolled_back').waitFor();
  await page.getByRole('heading', { name: 'Báo cáo khôi phục' }).waitFor();
  const first = page.getByRole('grid', { name: 'Báo cáo khôi phục' }).locator('.body [role=row]').first();
  assert.match(await first.textContent(), /Không khớp/, 'what failed comes first');
  await seen_in_vietnamese('incident-rolled-back');
  await narrow('rolled-back');
}
async function enrol_and_policy() {
  await open('/hosts?enrol=1');
  await page.locator('dialog [name=note]').fill('máy tệp mới');
  await page.locator('dialog button.primary').click();
  await page.locator('dialog pre').waitFor();
  await seen_in_vietnamese('enrol-command');
  await page.keyboard.press('Escape');
  await open('/hosts?view=groups');
  await button('Sửa chính sách').click();
  await page.locator('dialog form').waitFor();
  await seen_in_vietnamese('policy');
  await page.locator('dialog [name=trees]').fill('srv/share');
  await page.locator('dialog button.primary').click();
  await page.locator('dialog [role=alert]').waitFor();
  await seen_in_vietnamese('policy-refused');
  await page.locator('dialog [name=trees]').fill('/srv/share\n/home');
  await page.locator('dialog button.primary').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await open(`/hosts/${at(104)}`);
  await button('Thu hồi').click();
  await seen_in_vietnamese('host-revoke');
  await page.keyboard.press('Escape');
}
async function others() {
  expected.errors++;
  const without = await listen({ agents: false });
  await on(without, async (go) => { await go('/hosts'); await page.locator('pre').waitFor(); await seen_in_vietnamese('hosts-no-agents'); await narrow('no-agents'); });
  const empty = await listen({ empty: true });
  await on(empty, async (go) => { await go('/hosts'); await page.locator('.empty').waitFor(); await seen_in_vietnamese('hosts-empty'); await narrow('empty'); await go('/hosts?view=groups'); await page.locator('.empty').waitFor(); await seen_in_vietnamese('groups-empty'); });
  const viewer = await listen({ role: 'viewer', files: 40 });
  await on(viewer, async (go) => {
    await go(incident);
    await page.getByRole('treegrid').waitFor();
    await seen_in_vietnamese('incident-viewer');
    await page.keyboard.press('r');
    await page.locator('.toast.bad').waitFor();
    assert.equal(await page.locator('dialog').count(), 0, 'a viewer is told, not asked');
    await go('/hosts?view=enrolments');
    await page.locator('.notice').waitFor();
    await seen_in_vietnamese('enrolments-viewer');
    await go(`/file-incidents/${at(999)}`).catch(() => {});
  });
  await page.goto(`${whole.base}/file-incidents/${at(999)}`);
  await page.locator('[role=alert]').waitFor();
  await seen_in_vietnamese('incident-unknown');
  expected.errors--;
  for (const { server } of [without, empty, viewer]) { server.closeAllConnections(); server.close(); }
}
try {
  await page.goto(`${whole.base}/hosts`);
  await page.locator('nav').first().waitFor();
  await walk();
  await phone();
  await tree();
  await enrol_and_policy();
  await act();
  await others();
} catch (error) {
  await shot('failed').catch(() => {});
  problems.push(`${error.stack}`);
} finally {
  await browser.close();
  whole.server.closeAllConnections();
  whole.server.close();
}
for (const problem of [...new Set(problems)]) console.error(`✗ ${problem}`);
say(problems.length === 0 ? 'screens: no problem' : `screens: ${new Set(problems).size} problems`);
process.exit(problems.length === 0 ? 0 : 1);

// Walks through the whole console in Chromium against a running server, in both languages, dark and light.
//   BASE_URL    http://127.0.0.1:8480
//   SETUP_LINK  the one-time link that a new instance prints (allow_loopback = true under [sites]), or
//   WALK_USER / WALK_PASSWORD of an administrator that exists
//   CHROMIUM    /usr/bin/chromium
//   WALK_ONLY   advisories, directives, handovers, incidents, logs, periods, policies, reports, rosters, second_factor, settings, shift: only this part of the walk, after signing in; all if not given
// It fails on: a serious accessibility violation (axe), an error in the browser's log (a broken Content-Security-Policy
// is one), a request to another host, English in the Vietnamese console, or a step that does not do what it says.
// Pictures go to test-results/.
import assert from 'node:assert/strict';
import { base, browser, call, check_axe, check_words, expected, get, kSeconds, open, page, pictures, problems, say, seen, settled, shot, until } from './walk/browser.mjs';
import { add_site, answer_site, approve_site, import_sites } from './walk/sites.mjs';
import { change_settings } from './walk/settings.mjs';
import { advisory_screens, look_at_advisories } from './walk/advisories.mjs';
import { directive_screens, look_at_directives } from './walk/directives.mjs';
import { handover_screens, look_at_handovers } from './walk/handovers.mjs';
import { look_at_hosts } from './walk/hosts.mjs';
import { look_at_incidents } from './walk/incidents.mjs';
import { look_at_logs } from './walk/logs.mjs';
import { look_at_periods, period_screens } from './walk/periods.mjs';
import { look_at_policies } from './walk/policies.mjs';
import { look_at_reports, report_screens } from './walk/reports.mjs';
import { look_at_rosters } from './walk/rosters.mjs';
import { give_code, set_up_first, use_recovery_code } from './walk/second_factor.mjs';
import { look_at_shift } from './walk/shift.mjs';
import { triage_by_keyboard } from './walk/triage.mjs';
import { watched_site } from './walk/watched_site.mjs';

const setup_link = process.env.SETUP_LINK ?? '';
const user = process.env.WALK_USER ?? 'truc.ban';
const password = process.env.WALK_PASSWORD ?? 'mot cau that dai va de nho 2026';
const began = Date.now();

let factor; // of the administrator made here
async function enter() {
  if (setup_link) {
    await page.goto(setup_link);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await seen('setup');
    await page.locator('[name=display_name]').fill('Nguyễn Thị Trực');
    await page.locator('[name=username]').fill(user);
    await page.locator('[name=password]').fill(password);
    await page.locator('[name=again]').fill(password);
    await page.keyboard.press('Enter');
    factor = await set_up_first(password);
    await call('DELETE', '/session');
  }
  await page.goto(base);
  await page.locator('[name=username]').waitFor();
  await seen('sign-in');
  await page.locator('[name=username]').fill(user);
  await page.locator('[name=password]').fill('sai mat khau roi');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await page.locator('[name=password]').fill(password);
  await page.keyboard.press('Enter');
  if (factor) await give_code(factor);
  await page.locator('nav').first().waitFor();
  await open('/');
  await seen('shift-empty');
  await open('/alerts');
  await seen('triage-empty');
  await open('/sites');
  await seen('sites-empty');
  say('the first administrator is made and signed in');
}

const step_now = () => page.locator('ol > li.now');
const tour_step = (n) => until(`step ${n} of the tour`, async () => (await step_now().locator('.n').textContent().catch(() => '')) === String(n));
const screenshots = async (id) => (await get(`/sites/${id}/snapshots?limit=200`)).items.filter((s) => s.kind === 'screenshot');
const seen_defaced = (id) => until('the picture after', async () => (await screenshots(id)).some((s) => s.verdict === 'critical'));
async function tour() {
  await open('/tour');
  await seen('tour-start');
  await step_now().locator('button.primary').click();
  await tour_step(2);
  await shot('tour-learning');
  await tour_step(3);
  await seen('tour-learnt');
  const { site_id } = await get('/tour');
  // A picture of the page as it should be, before it is defaced; the watch takes it by itself once it has learnt.
  const sights = (await get(`/sites/${site_id}`)).sights ?? [];
  const draws = sights.every((s) => s.ok || !/render|browser|sandbox/.test(s.what));
  if (draws) await until('the picture before', async () => (await screenshots(site_id)).length > 0);
  else say('no pictures of pages here: rendering is not available');
  const at = Date.now();
  await step_now().locator('button.danger').click();
  await tour_step(6);
  say(`deface to alert and mail: ${((Date.now() - at) / 1000).toFixed(1)} s`);
  await seen('tour-alert');
  if (draws) await seen_defaced(site_id);
  return { ...(await get('/tour')), draws };
}
// The pictures of the defaced page are really there, and really two different ones.
async function before_and_after(state) {
  if (!state.draws) return;
  for (const path of [`/sites/${state.site_id}`, `/alerts/${state.alert_id}`]) {
    await open(path);
    const images = page.locator('.pair img');
    await until('two pictures', async () => (await images.count()) === 2);
    const sources = await images.evaluateAll(async (all) => { for (const i of all) await i.decode(); return all.map((i) => i.src); });
    assert.notEqual(sources[0], sources[1]);
  }
  await page.locator('.pictures').scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Chồng lên nhau' }).click();
  await seen('pictures-wipe');
}

const kSettingsScreens = [['/settings', 'settings'], ...['channels', 'ladder', 'users', 'sessions', 'tokens', 'units', 'audit'].map((tab) => [`/settings/${tab}`, tab])];
const screens = (state) => [
  ['/', 'shift'], ['/alerts', 'triage'], ['/performance', 'performance'], [`/alerts/${state.alert_id}`, 'alert'], ['/sites', 'sites'], [`/sites/${state.site_id}`, 'site'],
  ['/sites?add=1', 'site-add'], ['/sites?import=1', 'site-import'], ...kSettingsScreens, ['/hosts', 'hosts'],
  ['/logs?range=1h', 'logs'], ['/logs/rules', 'rules'], ['/logs/sources', 'sources'], ['/logs/attack', 'attack'], ...roster_screens(state.roster_id), ...kPolicyScreens, ...incident_screens(state.incident_id), ...report_screens(state.reports), ...handover_screens(state.handover_id), ...directive_screens(state.directive_id), ...advisory_screens(state.advisory_id), ...period_screens(state.period_id), ['/health', 'health'], ['/mailbox', 'mailbox'], ['/tour', 'tour'], ['/nothing-here', 'not-found'],
];
const incident_screens = (id) => [['/incidents', 'incidents'], [`/incidents/${id}`, 'incident']];
const kPolicyScreens = [['/policies', 'policies'], ['/policies/default', 'policy'], ['/policies/default?edit=1', 'policy-edit'], ['/policies/new', 'policy-new']];
const roster_screens = (id) => [['/rosters', 'rosters'], [`/rosters/${id}`, 'roster'], [`/rosters/${id}/edit`, 'roster-edit'], ['/people', 'people']];
async function walk(list) {
  for (const [language, theme] of [['vi', 'dark'], ['vi', 'light'], ['en', 'dark'], ['en', 'light']]) {
    await call('PATCH', '/me', { language });
    await page.evaluate((theme) => localStorage.setItem('vedette.theme', theme), theme);
    for (const [path, name] of list) {
      await open(path);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      await seen(`${name}-${language}-${theme}`);
      if (language === 'vi' && theme === 'dark') await check_words(name);
      if (['site', 'alert', 'health'].includes(name) && theme === 'light') await shot(`${name}-${language}-whole`, { fullPage: true });
    }
    say(`walked: ${language}, ${theme}`);
  }
  // A phone: nothing may stick out sideways.
  await page.setViewportSize({ width: 360, height: 740 });
  await call('PATCH', '/me', { language: 'vi' });
  await page.evaluate(() => localStorage.setItem('vedette.theme', 'dark'));
  for (const [path, name] of list) {
    await open(path);
    await seen(`phone-${name}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) problems.push(`phone ${name}: ${over} px wider than the screen`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  say('walked: 360 px');
}

async function away() {
  // The stream is cut: the banner says so, and goes again when it is back.
  expected.errors++;
  await page.route('**/api/v1/stream', (route) => route.abort());
  await page.goto(base);
  await page.locator('[role=alert].stale').waitFor();
  await shot('stale');
  await check_axe('stale');
  await page.unroute('**/api/v1/stream');
  await page.locator('[role=alert].stale button').click();
  await page.locator('[role=alert].stale').waitFor({ state: 'detached' });
  expected.errors--;
  say('stale banner comes and goes');
}
async function end_tour() {
  await open('/tour');
  await step_now().locator('button.primary').first().click();
  await tour_step(7);
  await seen('tour-end');
  if (process.env.WALK_KEEP_TOUR === '1') return;
  await step_now().locator('button.primary').click();
  await until('the tour is removed', async () => (await get('/tour')).state === 'off');
  await settled();
  say('tour removed with one click');
}

const watched = await watched_site();
const kParts = {
  settings: async () => { await change_settings(); await walk(kSettingsScreens); },
  second_factor: async () => use_recovery_code(user, password, factor),
  logs: async () => look_at_logs(),
  incidents: async () => walk(incident_screens(await look_at_incidents())),
  advisories: async () => walk(advisory_screens(await look_at_advisories())),
  directives: async () => walk(directive_screens(await look_at_directives())),
  handovers: async () => walk(handover_screens(await look_at_handovers())),
  periods: async () => walk(period_screens(await look_at_periods())),
  reports: async () => walk(report_screens(await look_at_reports())),
  shift: async () => { await look_at_shift(); await walk([['/', 'shift'], ['/performance', 'performance'], ['/performance?days=365', 'performance-year']]); },
  policies: async () => { await look_at_policies(); await walk(kPolicyScreens); },
  rosters: async () => walk(roster_screens(await look_at_rosters())) };
const only = process.env.WALK_ONLY?.split(',') ?? [];
async function whole() {
  const state = await tour();
  await before_and_after(state);
  const id = await add_site(watched);
  // What the picture shows is news, and news raises an alert again that was closed a moment before.
  if (state.draws) await seen_defaced(id);
  await triage_by_keyboard();
  await answer_site(id);
  await import_sites(watched);
  await change_settings();
  if (factor) await use_recovery_code(user, password, factor);
  await look_at_hosts();
  await look_at_logs();
  state.roster_id = await look_at_rosters();
  await look_at_policies();
  state.incident_id = await look_at_incidents();
  state.reports = await look_at_reports();
  state.handover_id = await look_at_handovers();
  state.period_id = await look_at_periods();
  state.directive_id = await look_at_directives();
  state.advisory_id = await look_at_advisories();
  await look_at_shift();
  await walk(screens(state));
  await approve_site(id);
  await away();
  await end_tour();
}
try {
  await enter();
  if (only.length === 0) await whole();
  for (const part of only) await kParts[part]();
} catch (error) {
  await shot('failed').catch(() => {});
  problems.push(`${error.stack}`);
} finally {
  watched.close();
  await browser.close();
}
for (const problem of [...new Set(problems)]) console.error(`✗ ${problem}`);
const took = `${((Date.now() - began) / 1000).toFixed(0)} s, at most ${kSeconds} s for a condition`;
console.log(problems.length === 0 ? `walk: ${pictures()} pictures, no problem (${took})` : `walk: ${new Set(problems).size} problems (${took})`);
process.exit(problems.length === 0 ? 0 : 1);

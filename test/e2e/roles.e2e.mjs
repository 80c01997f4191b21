// Every operation of the API, tried by a person of every role: the answer is what the table of roles says, and what the
// document says. Then what the console offers to each role, in a real browser.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check } from './lib/wait.mjs';

const kLine = ['viewer', 'analyst', 'lead', 'admin'];
const kLegal = { session: ['viewer', 'viewer'], meta: ['viewer', null], incidents: ['viewer', null], evidence: ['viewer', null], reports: ['lead', 'lead'], directives: ['lead', 'lead'], roster: ['viewer', null] };
const kCommander = { incidents: ['lead', 'lead'], evidence: ['lead', 'lead'], reports: ['lead', 'lead'], handovers: ['lead', 'lead'], directives: ['lead', 'lead'], periods: ['lead', 'lead'], roster: ['lead', 'analyst'] };
const kOnWall = ['listAlerts', 'alertFacets', 'listRosters', 'listPeople', 'whoIsOnCall', 'listClocks', 'healthDetail', 'listChannels', 'listWatchPeriods', 'openDirectives', 'followStream'];
const kOwn = { session: ['viewer', 'viewer'] };
// What is written here is what docs/accounts.md promises; it is not read from the program.
const kRoles = {
  viewer: () => ['viewer', 'viewer'],
  analyst: () => ['analyst', 'analyst'],
  lead: () => ['lead', 'lead'],
  admin: () => ['admin', 'admin'],
  commander: (area) => kCommander[area] ?? ['analyst', 'analyst'],
  legal: (area) => kLegal[area] ?? [null, null],
  auditor: (area) => kOwn[area] ?? ['admin', null],
  wall: (area) => kOwn[area] ?? [null, null],
};
const kOnlyReads = ['simulateEscalationPolicy', 'previewRoster', 'previewWatchPeriod', 'testLogRule', 'viewEvidence', 'viewDirectiveFile'];

const folder = mkdtempSync(join(tmpdir(), 'vedette-roles-'));
const password = 'correct horse battery';
let vedette, browser;
let failed = false;
try {
  vedette = new Vedette(folder, await free_port(), 'chromium = "none"\n[accounts]\nsecond_factor = "optional"');
  vedette.start();
  await vedette.ready();
  await vedette.set_up();
  const document = await (await fetch(`${vedette.url}/api/v1/openapi.json`)).json();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => ({ path, method, ...o }))).filter((o) => o['x-permission']);
  check(operations.length > 150, `${operations.length} operations take a permission`);

  const people = {};
  for (const role of Object.keys(kRoles)) {
    await vedette.api('POST', '/users', { username: role, password, role, language: 'en' });
    const signed = await fetch(`${vedette.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: vedette.url }, body: JSON.stringify({ username: role, password }) });
    check(signed.status === 200, `${role} signs in`);
    people[role] = { origin: vedette.url, cookie: signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '), 'x-csrf-token': (await signed.json()).csrf_token };
  }

  const wrong = [];
  let tried = 0;
  for (const operation of operations) {
    const [area, how, least] = operation['x-permission'].split(':');
    const id = operation.operationId;
    if (area !== operation.tags[0]) wrong.push(`${id}: its area is not its tag`);
    if ((how === 'read') !== (operation.method === 'get' || kOnlyReads.includes(id))) wrong.push(`${id}: ${how} with ${operation.method}`);
    for (const [role, reach] of Object.entries(kRoles)) {
      const far = reach(area)[how === 'read' ? 0 : 1];
      const may = (role === 'wall' && kOnWall.includes(id)) || (far !== null && kLine.indexOf(far) >= kLine.indexOf(least));
      if (operation['x-roles'].includes(role) !== may) wrong.push(`${role} ${id}: the document says ${!may}`);
      // An unknown query parameter is refused after the permission and before anything is done.
      const abort = new AbortController();
      const answer = await fetch(`${vedette.url}/api/v1${operation.path.replace(/\{\w+\}/g, 'none')}?not_a_parameter=1`, { method: operation.method.toUpperCase(), headers: people[role], signal: abort.signal });
      const expected = !may ? 403 : id === 'followStream' ? 200 : 422;
      if (answer.status !== expected) wrong.push(`${role} ${id}: ${answer.status}, not ${expected}`);
      if (id === 'followStream') abort.abort(); else await answer.arrayBuffer();
      tried++;
    }
  }
  check(wrong.length === 0, `${tried} requests by ${Object.keys(kRoles).length} roles are let through or refused as the table says${wrong.slice(0, 20).map((w) => `\n      ${w}`).join('')}`);

  // A token of each scope meets every operation: what is refused names a scope that is enough (RFC 6750).
  const scopes = (await vedette.api('GET', '/token-scopes')).items.map((one) => one.name);
  const unknown = [];
  for (const scope of scopes) {
    const { token } = await vedette.api('POST', '/tokens', { name: scope, scopes: [scope] });
    for (const operation of operations.filter((o) => o.operationId !== 'followStream')) {
      const answer = await fetch(`${vedette.url}/api/v1${operation.path.replace(/\{\w+\}/g, 'none')}?not_a_parameter=1`, { method: operation.method.toUpperCase(), headers: { authorization: `Bearer ${token}` } });
      const body = await answer.json();
      const enough = operation['x-scopes'];
      if (answer.status !== (enough.includes(scope) ? 422 : 403)) unknown.push(`${scope} ${operation.operationId}: ${answer.status}`);
      if (answer.status === 403 && (!enough.includes(body.missing_scope) || !answer.headers.get('www-authenticate')?.includes(`error="insufficient_scope", scope="${body.missing_scope}"`)))
        unknown.push(`${scope} ${operation.operationId}: names ${body.missing_scope}`);
    }
  }
  check(scopes.length > 20 && unknown.length === 0, `tokens of ${scopes.length} scopes are let through or refused as the document says${unknown.slice(0, 20).map((w) => `\n      ${w}`).join('')}`);
  const stranger = await fetch(`${vedette.url}/api/v1/alerts`, { headers: { authorization: 'Bearer vdt_nobody' } });
  check(stranger.status === 401 && stranger.headers.get('www-authenticate').includes('error="invalid_token"'), 'an unknown token is told so');

  // The wall shows who is on duty, not how they are reached; an auditor opens evidence and leaves a row.
  await vedette.api('POST', '/people', { name: 'Lê Thị Lan', phone: '+84901234567' });
  const seen = async (role) => (await fetch(`${vedette.url}/api/v1/people`, { headers: people[role] })).text();
  check((await seen('viewer')).includes('84901234567'), 'viewer: reads telephone numbers');
  check((await seen('wall')).includes('Lan') && !(await seen('wall')).includes('84901234567'), 'wall: reads names without telephone numbers');
  const incident = await vedette.api('POST', '/incidents', { title: 'Evidence for the auditor', severity: 'low', detected_at: new Date().toISOString() });
  const { intake } = await vedette.api('POST', `/incidents/${incident.id}/evidence`, { name: 'note.txt' });
  const part = await fetch(`${vedette.url}/api/v1/evidence-intakes/${intake}?offset=0`, { method: 'PUT', headers: { authorization: `Bearer ${vedette.token}` }, body: 'what was found' });
  check(part.status === 204, 'a piece of evidence is sent');
  const item = await vedette.api('POST', `/evidence-intakes/${intake}/finish`, {});
  const look_at = (role) => fetch(`${vedette.url}/api/v1/incidents/${incident.id}/evidence/${item.id}/content`, { method: 'POST', headers: { ...people[role], 'content-type': 'application/json' }, body: '{}' });
  for (const [role, status] of [['viewer', 403], ['legal', 403], ['auditor', 200]]) check((await look_at(role)).status === status, `${role}: opening evidence answers ${status}`);
  const kept = (await vedette.api('GET', `/incidents/${incident.id}/evidence`)).items[0];
  check(kept.custody.at(-1).action === 'viewed' && kept.custody.at(-1).by === 'auditor', 'the look of the auditor is in the custody log');

  // The page for phones shows alerts, so it is only for who sees alerts.
  for (const [role, status] of [['viewer', 200], ['legal', 403], ['wall', 403], ['auditor', 200]])
    check((await fetch(`${vedette.url}/phone`, { headers: people[role] })).status === status, `${role}: /phone answers ${status}`);

  // A role that is taken away ends the sessions that had its rights.
  const me = (await vedette.all('/users')).find((u) => u.username === 'lead');
  await vedette.api('PATCH', `/users/${me.id}`, { role: 'auditor' });
  check((await fetch(`${vedette.url}/api/v1/session`, { headers: people.lead })).status === 401, 'from lead to auditor: the session has ended');
  await vedette.api('PATCH', `/users/${me.id}`, { role: 'lead' });

  const of_console = createRequire(new URL('../../console/package.json', import.meta.url));
  const chromium_path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (existsSync(chromium_path) && existsSync(new URL('../../console/node_modules/playwright-core', import.meta.url))) {
    browser = await of_console('playwright-core').chromium.launch({ executablePath: chromium_path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
    await in_the_browser(browser, readFileSync(of_console.resolve('axe-core/axe.min.js'), 'utf8'));
  } else {
    console.log('  the browser part is not run here: chromium or the packages of the console are not installed');
  }
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail());
} finally {
  await browser?.close();
  if (vedette) await vedette.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

async function in_the_browser(browser, axe) {
  const pictures = new URL('../../build/screenshots/roles/', import.meta.url).pathname;
  mkdirSync(pictures, { recursive: true });
  const sign_in = async (role) => {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 860 }, colorScheme: 'dark', reducedMotion: 'reduce' });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    page.refused = [];
    page.on('response', (answer) => { if (answer.status() === 403) page.refused.push(new URL(answer.url()).pathname); });
    await page.goto(vedette.url);
    await page.locator('[name=username]').fill(role);
    await page.locator('[name=password]').fill(password);
    await page.keyboard.press('Enter');
    return page;
  };
  const look = async (page, name) => {
    await page.screenshot({ path: `${pictures}${name}.png` });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id);
    check(serious.length === 0, `${name}: no serious violation of accessibility ${serious}`);
  };
  const kEverything = ['Shift', 'Alerts', 'Incidents', 'Reports', 'Sites', 'Hosts', 'Logs', 'Rosters', 'Handover', 'Escalation policies'];
  for (const [role, shows, hides, tabs, may_open] of [
    ['viewer', kEverything, [], ['My account', 'Channels'], false],
    ['lead', kEverything, [], ['My account', 'Channels'], true],
    ['commander', kEverything, [], ['My account', 'Channels'], true],
    ['auditor', kEverything, [], ['My account', 'Users', 'Sessions', 'API tokens', 'Audit log'], false],
    ['legal', ['Incidents', 'Reports'], ['Shift', 'Alerts', 'Sites', 'Hosts', 'Logs', 'Escalation policies'], ['My account'], false],
  ]) {
    const page = await sign_in(role);
    const nav = page.locator('nav').first();
    await nav.waitFor();
    const items = (await nav.locator('a .text').allTextContents()).map((text) => text.trim());
    const missing = shows.filter((name) => !items.some((item) => item.startsWith(name)));
    check(missing.length === 0 && !hides.some((name) => items.includes(name)), `${role}: the navigation has ${items.join(', ')}${missing.length > 0 ? `; missing: ${missing}` : ''}`);
    await page.goto(`${vedette.url}/incidents`);
    const open = page.getByRole('button', { name: /Open an incident|New incident/ }).first();
    await open.waitFor();
    check((await open.isEnabled()) === may_open, `${role}: may${may_open ? '' : ' not'} open an incident`);
    await look(page, `incidents-${role}`);
    await page.goto(`${vedette.url}/settings/users`);
    await page.locator('.page nav a').first().waitFor();
    const have = (await page.locator('.page nav a').allTextContents()).map((text) => text.trim());
    check(tabs.every((tab) => have.includes(tab)) && (role === 'auditor' || !have.includes('Users')), `${role}: the settings have ${have.join(', ')}`);
    await look(page, `settings-${role}`);
    check(page.refused.length === 0, `${role}: the console asks for nothing that is refused ${[...new Set(page.refused)]}`);
    await page.context().close();
  }
  const wall = await sign_in('wall');
  await wall.locator('.wall').waitFor();
  await wall.goto(`${vedette.url}/incidents`);
  await wall.locator('.wall .well').waitFor();
  check((await wall.locator('nav').count()) === 0, 'wall: nothing but the wall, whatever the address');
  check(wall.refused.length === 0, `wall: asks for nothing that is refused ${[...new Set(wall.refused)]}`);
  await look(wall, 'wall');
}

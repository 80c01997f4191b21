// The OpenAPI document against the running server: a validator of another house reads the document, every operation
// in it is called, and every answer is checked against the schema the document gives for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';
import { defaced_page, nginx, portal_page } from './lib/web.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vedette-openapi-'));
let vedette, web;
let failed = false;
try {
  web = await nginx(join(folder, 'nginx'));
  vedette = new Vedette(folder, await free_port(), 'chromium = "none"', true);
  vedette.start();
  await vedette.ready(120);
  await vedette.set_up();

  const document = await (await fetch(`${vedette.url}/api/v1/openapi.json`)).json();
  const verdict = await new Validator().validate(structuredClone(document));
  check(verdict.valid, `the document is OpenAPI ${document.openapi}${verdict.valid ? '' : `: ${JSON.stringify(verdict.errors)}`}`);

  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map();
  const fits = (pointer, value) => {
    if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `api#${pointer}` }));
    const validate = validators.get(pointer);
    return validate(value) ? '' : ajv.errorsText(validate.errors);
  };
  const escaped = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');

  const operations = new Map();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) operations.set(operation.operationId, { path, method, operation });
  const called = new Set();
  const wrong = [];

  // Calls an operation by its id; `expected` is a status that the document does not name as success.
  async function call(id, { path = {}, query = '', body, headers, expected } = {}) {
    const { path: pattern, method, operation } = operations.get(id);
    const url = `${vedette.url}/api/v1${pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]))}${query}`;
    const given = headers ?? { authorization: `Bearer ${vedette.token}` };
    const answer = await fetch(url, {
      method: method.toUpperCase(),
      headers: { ...given, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    const type = (answer.headers.get('content-type') ?? '').split(';')[0];
    const value = /json$/.test(type) ? JSON.parse(text) : text;
    const at = `/paths/${escaped(pattern)}/${method}/responses/${answer.status}`;
    const documented = operation.responses[answer.status];
    if (answer.ok && !documented) wrong.push(`${id}: ${answer.status} is not documented`);
    else if (answer.ok && documented.content && !documented.content[type]) wrong.push(`${id}: ${type} is not documented`);
    else if (answer.ok && documented.content?.[type]?.schema && /json$/.test(type)) {
      const said = fits(`${at}/content/${escaped(type)}/schema`, value);
      if (said) wrong.push(`${id}: ${said}`);
    } else if (!answer.ok) {
      const said = type === 'application/problem+json' ? fits('/components/schemas/Problem', value) : `the error is ${type}`;
      if (said) wrong.push(`${id} (${answer.status}): ${said}`);
    }
    if (expected ? answer.status !== expected : !answer.ok) wrong.push(`${id}: ${answer.status} ${text.slice(0, 300)}`);
    if (answer.ok) called.add(id);
    return { status: answer.status, value, headers: answer.headers };
  }

  // A person's session.
  const origin = { origin: vedette.url };
  const signed = await call('signIn', { body: { username: 'root', password: 'correct horse battery' }, headers: origin });
  const cookie = signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  const person = { ...origin, cookie, 'x-csrf-token': signed.value.csrf_token };
  await call('getSession', { headers: person });
  await call('signIn', { body: { username: 'root', password: 'wrong' }, headers: origin, expected: 401 });
  await call('getSession', { headers: {}, expected: 401 });

  // A page that is learnt and then defaced: a site, its versions and an alert with everything in it.
  web.put('one.html', portal_page('Cơ quan số 1'));
  const site = (await call('addSite', { body: { name: 'one', url: `${web.url}/one.html`, interval_s: 5, tags: ['thử'] } })).value;
  await call('addSite', { body: { name: 'one', url: `${web.url}/one.html` }, expected: 409 });
  await call('addSite', { body: { url: 7 }, expected: 422 });
  web.put('four.html', portal_page('Cơ quan số 4'));
  const fourth = (await call('addSite', { body: { name: 'four', url: `${web.url}/four.html`, interval_s: 5 } })).value;
  await vedette.learn([site.id, fourth.id], 240);
  for (const page of ['one', 'four']) web.put(`${page}.html`, defaced_page('Crew 1'));
  const alert_of = async (id) => (await vedette.all('/alerts')).find((a) => a.severity === 'critical' && a.asset.id === id);
  const alert = await until('the alert', 120, () => alert_of(site.id), 500);
  const other = await until('the other alert', 120, () => alert_of(fourth.id), 500);

  const by_site = { path: { id: site.id } };
  const snapshots = (await call('listSnapshots', by_site)).value.items;
  check(snapshots.length >= 2, 'the versions of the page are kept');
  const rule = (await call('addIgnore', { ...by_site, body: { where: 'script https://x.example', reason: 'ours' } })).value;
  const second = (await call('addSite', { body: { url: `${web.url}/two.html`, enabled: false } })).value;
  const merged = (await call('listAlerts', { query: '?limit=1&order=gravest' })).value;
  check(merged.items.length === 1, 'alerts are listed');
  const by_alert = { path: { id: alert.id } };
  const channel = (await call('addChannel', { body: { name: 'box', kind: 'mailbox', settings: { to: 'lan@example.org' } } })).value;
  const by_channel = { path: { id: channel.id } };
  const user = (await call('addUser', { body: { username: 'lan', password: 'another long phrase', role: 'analyst' } })).value;
  const token = (await call('addToken', { body: { name: 'ci', scopes: ['sites:deploy'] } })).value;
  const steps = [
    ['changeSite', { ...by_site, body: { name: 'uno', interval_s: 6 } }],
    ['checkSite', by_site],
    ['compareSnapshots', { ...by_site, query: `?before=${snapshots.at(-1).id}&after=${snapshots[0].id}` }],
    ['getSnapshot', { path: { id: snapshots[0].id } }],
    ['openWindow', { ...by_site, body: { minutes: 5, reason: 'release' } }],
    ['closeWindow', by_site],
    ['approveSnapshot', { ...by_site, body: { snapshot_id: snapshots[0].id } }],
    ['removeIgnore', { path: { id: site.id, ignore_id: rule.id } }],
    ['importSites', { body: { format: 'lines', content: 'http://three.example/ Three\nnonsense\n', dry_run: true } }],
    ['importSites', { body: { format: 'lines', content: 'http://three.example/ Three\nnonsense\n' } }],
    ['removeSite', { path: { id: second.id } }],
    ['acknowledgeAlert', { ...by_alert, body: { note: 'ta xem' } }],
    ['unacknowledgeAlert', by_alert],
    ['snoozeAlert', { ...by_alert, body: { until: new Date(Date.now() + 3_600_000).toISOString() } }],
    ['unsnoozeAlert', by_alert],
    ['closeAlert', { ...by_alert, body: { resolution: 'true_positive', note: 'mended' } }],
    ['reopenAlert', by_alert],
    ['mergeAlert', { ...by_alert, body: { into: other.id } }],
    ['unmergeAlert', by_alert],
    ['changeChannel', { ...by_channel, body: { name: 'hòm thư' } }],
    ['testChannel', by_channel],
    ['setLadder', { body: { steps: [{ after_minutes: 0, channel_ids: [channel.id] }], repeat_last_minutes: 0, least: 'high' } }],
    ['changeUser', { path: { id: user.id }, body: { role: 'viewer' } }],
    ['removeUser', { path: { id: user.id } }],
    ['removeToken', { path: { id: token.id } }],
    ['changeMe', { body: { display_name: 'Root' }, headers: person }],
    ['startTour', {}],
    ['defaceTour', {}],
    ['restoreTour', {}],
    ['removeTour', {}],
  ];
  const unknown = steps.filter(([id]) => !operations.has(id)).map(([id]) => id);
  check(unknown.length === 0, `every step is an operation of the document ${unknown}`);
  for (const [id, what] of steps) await call(id, what);
  await call('removeChannel', by_channel);

  await call('listMySessions', { headers: person });
  const again = await call('signIn', { body: { username: 'root', password: 'correct horse battery' }, headers: origin });
  const mine = (await call('listMySessions', { headers: person })).value;
  const newest = mine.items ?? mine.sessions;
  check(again.status === 200 && newest.length >= 2, 'a person sees the own sessions');
  await call('endMySession', { path: { id: newest.find((s) => !s.current).id }, headers: person });

  // Everything that only reads, with what there is now.
  const ids = { '/sites': site.id, '/alerts': alert.id, '/snapshots': snapshots[0].id };
  for (const [id, { path, method, operation }] of operations) {
    if (method !== 'get' || called.has(id) || operation.responses['200']?.content?.['text/event-stream']) continue;
    const of = Object.entries(ids).find(([head]) => path.startsWith(head))?.[1];
    await call(id, { path: { id: of } });
  }
  await call('getSite', { path: { id: 'none' }, expected: 404 });
  await call('signOut', { headers: person });

  const never = [...operations.keys()].filter((id) => !called.has(id));
  console.log(`  ${called.size} of ${operations.size} operations called; not called here: ${never.join(', ') || 'none'}`);
  for (const text of wrong) console.error(`  WRONG ${text}`);
  check(wrong.length === 0, 'every answer is what the document says');
  const elsewhere = ['setUp', 'makeSetupLink', 'followStream'];
  const forgotten = never.filter((id) => !elsewhere.includes(id) && !/agent|host|enrol|fileIncident/i.test(id));
  check(forgotten.length === 0, `every operation was tried ${forgotten}`);
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail(10));
} finally {
  if (vedette?.process) await vedette.stop();
  if (web) await web.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

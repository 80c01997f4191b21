// The OpenAPI document against the running server: a validator of another house reads the document, every operation
// in it is called, and every answer is checked against the schema the document gives for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { advisories } from './lib/advisories.mjs';
import { directives } from './lib/directives.mjs';
import { TestAgent, new_id } from './lib/agent.mjs';
import { totp } from './lib/totp.mjs';
import { two_people } from './lib/two_people.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';
import { defaced_page, nginx, portal_page } from './lib/web.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vedette-openapi-'));
let vedette, web;
let failed = false;
try {
  web = await nginx(join(folder, 'nginx'));
  vedette = new Vedette(folder, await free_port(), `chromium = "none"\n[agents]\nlisten = "127.0.0.1:${await free_port()}"\n[logs]\nenabled = true\ndisk_reserve_mib = 0`, true);
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
  check((await call('getWaysToSignIn', { headers: {} })).value.provider === null, 'no identity provider is set up here');

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
  check((await call('listTokenScopes', {})).value.items.some((one) => one.name === 'alerts:read'), 'the scopes of tokens are listed');
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
  // A roster with everything that stands over it.
  const from = new Date().toISOString(), to = new Date(Date.now() + 86_400_000).toISOString();
  const an = (await call('addPerson', { body: { name: 'An', unit: 'Trung tâm', contacts: [{ channel_id: channel.id }] } })).value;
  const binh = (await call('addPerson', { body: { name: 'Bình' } })).value;
  const gone = (await call('addPerson', { body: { name: 'Chi', username: 'chi' } })).value;
  await call('addPerson', { body: { name: 'Chi', username: 'chi' }, expected: 409 });
  const definition = { name: 'Trực ban', tiers: [{ id: 'first', layers: [{ name: 'tuần', start: '2026-01-05T07:00', turn_minutes: 10080, members: [an.id, binh.id], windows: [{ from_minute: 0, to_minute: 10000 }] }] }] };
  const roster = (await call('addRoster', { body: definition })).value;
  const by_roster = { path: { id: roster.id } };
  await call('addRoster', { body: { ...definition, tiers: [{ id: 'first', layers: [{ ...definition.tiers[0].layers[0], zone: 'Mars/Base' }] }] }, expected: 422 });
  const override = (await call('addOverride', { ...by_roster, body: { tier: 'first', person: binh.id, from, to, note: 'họp' } })).value;
  const leave = (await call('addLeave', { body: { person: an.id, from, to, reason: 'phép' } })).value;
  const policy = (await call('addEscalationPolicy', { body: { name: 'Nhật ký', steps: [{ after_minutes: 0, targets: [{ kind: 'tier', id: roster.id, tier: 'first' }] }], watches: ['logs'] } })).value;
  // Units of the organisation: a tree, and the unit of a site and of what is raised for it.
  const y_te = (await call('addUnit', { body: { name: 'Sở Y tế', code: 'SYT', parent: 'root', policy_id: policy.id } })).value;
  const hospital = (await call('addUnit', { body: { name: 'Bệnh viện', code: 'BV', parent: y_te.id, tlp: 'amber', contact: 'an@y-te.example' } })).value;
  await call('addUnit', { body: { name: 'Trùng', code: 'syt', parent: 'root' }, expected: 409 });
  await call('setUnit', { path: { id: y_te.id }, body: { ...y_te, id: undefined, parent: hospital.id }, expected: 409 });
  check((await call('setUnit', { path: { id: hospital.id }, body: { name: 'Bệnh viện tỉnh', code: 'BV', parent: y_te.id, revision: 1 } })).value.revision === 2, 'a unit is renamed');
  check((await call('getUnit', { path: { id: hospital.id } })).value.parent === y_te.id, 'and read');
  check((await call('listUnits', {})).value.items.length === 3, 'the tree is listed');
  await call('setAssetUnit', { path: { type: 'site', id: site.id }, body: { unit: hospital.id } });
  await call('setAssetUnit', { path: { type: 'site', id: 'none' }, body: { unit: hospital.id }, expected: 404 });
  await call('setAssetUnit', { path: { type: 'site', id: 'gone' }, body: { unit: 'root' } });
  await call('setAssetUnit', { path: { type: 'account', id: 'x' }, body: { unit: 'root' }, expected: 422 });
  check((await call('listAssetUnits', {})).value.items[0].unit === hospital.id, 'the site belongs to a unit');
  await call('removeUnit', { path: { id: y_te.id }, expected: 409 });
  await call('setAssetUnit', { path: { type: 'site', id: site.id }, body: { unit: 'root' } });
  await call('removeUnit', { path: { id: hospital.id } });
  await call('removeUnit', { path: { id: y_te.id } });
  check((await call('listAlerts', { query: '?unit=root&limit=1' })).value.items.length === 1, 'alerts of a unit and those below it');
  // A watch period that runs, and one that is announced.
  const local = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
  const tet = { name: 'Tết', zone: 'Asia/Ho_Chi_Minh', from: local(-1), to: local(2), timer_percent: 50, policy_id: null,
    tiers: [{ roster_id: roster.id, tier: 'first', people: 2, beside: [{ start: local(-1), turn_minutes: 1440, members: [binh.id] }] }] };
  const period = (await call('addWatchPeriod', { body: tet })).value;
  const later = (await call('addWatchPeriod', { body: { ...tet, name: 'Bầu cử', from: local(30), to: local(31), tiers: [] } })).value;
  const by_period = { path: { id: period.id } };
  const situation = (await call('makeSituationReport', by_period)).value;
  check(period.state === 'running' && later.state === 'announced', 'of two watch periods one runs');
  const swaps = [];
  for (let i = 0; i < 3; ++i) swaps.push((await call('proposeSwap', { ...by_roster, body: { tier: 'first', giver: an.id, taker: binh.id, from, to, back_from: from, back_to: to } })).value);
  const calendar = (await call('addCalendar', { ...by_roster, body: { person: binh.id } })).value;
  const feed = await fetch(`${vedette.url}${calendar.path}`);
  check(feed.status === 200 && (await feed.text()).startsWith('BEGIN:VCALENDAR\r\n'), 'the calendar is read without signing in');
  const beat = (await call('addHeartbeat', { body: { name: 'Sao lưu', every_seconds: 60 } })).value;
  const beaten = await fetch(`${vedette.url}${beat.path}`, { method: 'POST' });
  check(beaten.status === 204, 'a sign of life is taken without signing in');
  check((await call('listHeartbeats', {})).value.items[0].state === 'alive', 'and noted');
  steps.push(
    ['setHeartbeat', { path: { id: beat.heartbeat.id }, body: { name: 'Sao lưu', every_seconds: 3600, paused: true } }],
    ['setHeartbeat', { path: { id: beat.heartbeat.id }, body: { name: 'Sao lưu', every_seconds: 1 }, expected: 422 }],
    ['removeHeartbeat', { path: { id: beat.heartbeat.id } }],
    ['removeHeartbeat', { path: { id: beat.heartbeat.id }, expected: 404 }],
    ['changePerson', { path: { id: gone.id }, body: { username: null, contacts: [] } }],
    ['removePerson', { path: { id: gone.id } }],
    ['removePerson', { path: { id: an.id }, expected: 409 }],
    ['setRoster', { ...by_roster, body: { ...definition, revision: 1 } }],
    ['setRoster', { ...by_roster, body: { ...definition, revision: 1 }, expected: 409 }],
    ['previewRoster', { body: definition }],
    ['whoIsOnCall', { ...by_roster, query: '?at=2026-02-17T00:00:00Z' }],
    ['whoIsOnCall', { ...by_roster, query: '?at=2099-02-17T00:00:00Z', expected: 422 }],
    ['listShifts', { ...by_roster, query: `?from=${from}&to=${to}` }],
    ['listCoverageGaps', by_roster],
    ['listOverrides', by_roster],
    ['listSwaps', by_roster],
    ['listLeaves', {}],
    ['listCalendars', by_roster],
    ['acceptSwap', { path: { id: swaps[0].id } }],
    ['acceptSwap', { path: { id: swaps[0].id }, expected: 409 }],
    ['declineSwap', { path: { id: swaps[1].id } }],
    ['withdrawSwap', { path: { id: swaps[2].id } }],
    ['removeOverride', { path: { id: override.id } }],
    ['removeLeave', { path: { id: leave.id } }],
    ['removeCalendar', { path: { id: calendar.calendar.id } }],
    ['simulateEscalationPolicy', { query: '?at=2026-09-01T19:10:00Z', body: { name: 'x', steps: [{ after_minutes: 0, targets: [{ kind: 'tier', id: roster.id, tier: 'first' }] }] } }],
    ['setEscalationPolicy', { path: { id: 'default' }, body: { name: 'default', steps: [{ after_minutes: 0, targets: [{ kind: 'channel', id: channel.id }, { kind: 'person', id: an.id }] }], acknowledge_minutes: 60 } }],
    ['setLadder', { body: { steps: [{ after_minutes: 0, channel_ids: [channel.id] }], repeat_last_minutes: 0, least: 'high' }, expected: 409 }],
    ['getEscalationPolicy', { path: { id: 'default' } }],
    ['listPolicyVersions', { path: { id: 'default' } }],
    ['deskPerformance', {}],
    ['removeEscalationPolicy', { path: { id: 'default' }, expected: 409 }],
    ['removeEscalationPolicy', { path: { id: policy.id } }],
    ['getRoster', by_roster],
    ['listWatchPeriods', { query: '?past=true' }],
    ['getWatchPeriod', by_period],
    ['getPeriodOutlook', by_period],
    ['previewWatchPeriod', { body: tet }],
    ['previewWatchPeriod', { body: { ...tet, zone: 'Mars/Base' }, expected: 422 }],
    ['setWatchPeriod', { ...by_period, body: { ...tet, timer_percent: 30, freeze_from: tet.from, freeze_to: tet.to, revision: 1 } }],
    ['setWatchPeriod', { ...by_period, body: { ...tet, revision: 1 }, expected: 409 }],
    ['listReadiness', by_period],
    ['setReadiness', { path: { id: period.id, item: 'contacts' }, body: { done: true, note: 'đã gọi' } }],
    ['setReadiness', { path: { id: period.id, item: 'no_such_item' }, body: { done: true }, expected: 404 }],
    ['changeChannel', { ...by_channel, body: { name: 'hòm thư' }, expected: 409 }],
    ['changeChannel', { ...by_channel, query: `?freeze_reason=${encodeURIComponent('hộp thư cũ đầy')}`, body: { name: 'hòm thư' } }],
    ['listFreezeExceptions', by_period],
    ['getReportSchedule', by_period],
    ['setReportSchedule', { ...by_period, body: { minute: 450, policy_id: null } }],
    ['setReportSchedule', { ...by_period, body: { minute: 450, policy_id: 'default' }, expected: 422 }],
    ['makeSituationReport', { ...by_period, expected: 409 }],
    ['listSituationReports', by_period],
    ['getSituationReport', { path: { id: situation.id } }],
    ['printSituationReport', { path: { id: situation.id } }],
    ['writeSituationReport', { path: { id: situation.id } }],
    ['endWatchPeriod', by_period],
    ['removeWatchPeriod', { ...by_period, expected: 409 }],
    ['removeWatchPeriod', { path: { id: later.id } }],
    ['removeRoster', by_roster],
  );
  // An incident with a clock; two that become one, and one that becomes two.
  const incident = (await call('openIncident', { body: { title: 'Trang chủ bị thay', severity: 'high', regimes: ['vn_personal_data', 'eu_nis2'], detected_at: from, alerts: [alert.id] } })).value;
  const part = (await call('openIncident', { body: { title: 'Máy chủ thứ hai', severity: 'low' } })).value;
  const by_incident = { path: { id: incident.id } };
  // What is to be done about it: a playbook's steps, one of our own; a playbook goes out as CACAO and comes in again.
  const exported = (await call('exportPlaybook', { path: { id: 'phishing' } })).value;
  const imported = (await call('importPlaybook', { body: exported })).value;
  await call('importPlaybook', { body: { type: 'playbook' }, expected: 422 });
  const task = (await call('addTask', { ...by_incident, body: { title: 'Gọi nhà cung cấp', phase: 'containment', role: 'liaison', due_at: from } })).value;
  const observable = (await call('addObservable', { ...by_incident, body: { type: 'ipv4-addr', value: '203[.]0.113.7', tlp: 'red', note: 'máy điều khiển' } })).value;
  // Evidence: a file in two parts, a version of the site, and what a bundle of them is.
  const { intake } = (await call('beginIntake', { ...by_incident, body: { name: 'thư.txt', tlp: 'red' } })).value;
  for (const [offset, part] of [[0, { a: 1 }], [7, { b: 2 }]]) await call('intakePart', { path: { intake }, query: `?offset=${offset}`, body: part });
  await call('intakePart', { path: { intake }, query: '?offset=0', body: { c: 3 }, expected: 409 });
  const evidence = (await call('finishIntake', { path: { intake }, body: {} })).value;
  check(evidence.bytes === 14, 'both parts of the file came in');
  await call('finishIntake', { path: { intake }, body: {}, expected: 404 });
  const by_task = { path: { id: incident.id, task: task.id } };
  const notice = { regime: 'vn_personal_data', step: 'notice' };
  await call('openIncident', { body: { title: 'x', severity: 'high', regimes: ['nothing'] }, expected: 422 });
  steps.push(
    ['listRegimes', {}],
    ['listClocks', {}],
    ['listIncidents', { query: `?state=open&alert=${alert.id}&limit=1` }],
    ['changeIncident', { ...by_incident, body: { revision: 1, tlp: 'amber+strict', aware_at: from, commander: binh.id, urgent: true } }],
    ['changeIncident', { ...by_incident, body: { revision: 1, title: 'y' }, expected: 409 }],
    ['linkAlert', { ...by_incident, body: { alert_id: other.id } }],
    ['splitIncident', { ...by_incident, body: { title: 'Trang thứ hai', alerts: [other.id] } }],
    ['unlinkAlert', { path: { id: incident.id, alert: alert.id } }],
    ['incidentAlerts', by_incident],
    ['keepSnapshot', { ...by_incident, body: { snapshot: snapshots[0].id } }],
    ['keepEvents', { ...by_incident, query: '?q=nothing_like_this', body: {}, expected: 404 }],
    ['incidentEvidence', by_incident],
    ['viewEvidence', { path: { id: incident.id, evidence: evidence.id }, body: {} }],
    ['exportEvidence', { ...by_incident, body: { evidence: [evidence.id] } }],
    ['evidenceKey'],
    ['writeLessons', { ...by_incident, body: { text: 'Sao lưu phải tách mạng' } }],
    ['incidentLessons', by_incident],
    ['incidentTechniques', by_incident],
    ['addObservable', { ...by_incident, body: { type: 'ipv4-addr', value: '203.0.113.7' }, expected: 409 }],
    ['addObservable', { ...by_incident, body: { type: 'file', value: 'abc' }, expected: 422 }],
    ['incidentObservables', by_incident],
    ['suggestedObservables', by_incident],
    ['removeObservable', { path: { id: incident.id, observable: observable.id } }],
    ['relatedIncidents', by_incident],
    ['listPlaybooks'],
    ['removePlaybook', { path: { id: imported.id } }],
    ['fittingPlaybooks', by_incident],
    ['choosePlaybook', { ...by_incident, body: { playbook: 'defacement' } }],
    ['choosePlaybook', { ...by_incident, body: { playbook: 'defacement' }, expected: 409 }],
    ['incidentTasks', by_incident],
    ['changeTask', { ...by_task, body: { revision: 1, state: 'skipped' }, expected: 422 }],
    ['changeTask', { ...by_task, body: { revision: 1, state: 'done', note: 'đã gọi' } }],
    ['changeTask', { ...by_task, body: { revision: 1, state: 'open' }, expected: 409 }],
    ['noteIncident', { ...by_incident, body: { text: 'đã gọi nhà cung cấp', happened_at: from } }],
    ['moveIncident', { ...by_incident, body: { state: 'contained', note: 'đã chặn' } }],
    ['closeIncident', { ...by_incident, body: {}, expected: 409 }],
    ['reportSent', { ...by_incident, body: { ...notice, note: 'số 15/BC' } }],
    ['reportSent', { ...by_incident, body: notice, expected: 409 }],
    ['withdrawReport', { path: { id: incident.id, ...notice } }],
    ['mergeIncident', { path: { id: part.id }, body: { into: incident.id } }],
    ['unmergeIncident', { path: { id: part.id } }],
    ['closeIncident', { path: { id: part.id }, body: { note: 'không phải sự cố' } }],
    ['reopenIncident', { path: { id: part.id }, body: {} }],
    ['incidentTimeline', { ...by_incident, query: '?limit=2' }],
    ['getIncident', by_incident],
  );
  // A host with an attack on its files.
  const enrolment = (await call('addEnrolment', { body: { group: 'may-chu-tep', note: 'máy tệp', expires_in_s: 600 } })).value;
  const unused = (await call('addEnrolment', { body: {} })).value;
  await call('addEnrolment', { body: { group: 'No Group' }, expected: 422 });
  const agent = await new TestAgent(folder, 'tep-01', enrolment.command).enrol();
  const attack = new_id();
  agent.state.trees = [{ path: '/srv/share', file_system: 'xfs', opens_per_second: 1.5, answer_p50_us: 11.25, answer_p99_us: 90, vault_bytes: 1, vault_limit_bytes: 2 }];
  await agent.beat();
  await agent.tell(agent.attack(attack), agent.incident(attack, 'frozen', ['/srv/share/a.pdf', '/srv/share/b.pdf']), agent.report(attack, ['/srv/share/a.pdf']));
  const by_host = { path: { id: agent.host_id } };
  steps.push(
    ['removeEnrolment', { path: { id: unused.id } }],
    ['setGroupPolicy', { path: { group: 'may-chu-tep' }, body: { mode: 'hold', trees: ['/srv/share'], exclude: [], vault_bytes: 2 ** 30, web_roots: [], web_root_discovery: true } }],
    ['setGroupPolicy', { path: { group: 'may-chu-tep' }, body: { mode: 'hold', trees: ['/'], exclude: [], vault_bytes: 2 ** 30, web_roots: [], web_root_discovery: true }, expected: 422 }],
    ['listHosts', { query: '?state=ok&group=may-chu-tep&q=tep&limit=1' }],
    ['changeHost', { ...by_host, body: { name: 'Máy tệp 1', group: 'default' } }],
    ['getFileIncident', { path: { id: attack } }],
    ['commandFileIncident', { path: { id: attack }, body: { kind: 'allow', note: 'sao lưu', expires_in_s: 3600 } }],
    ['commandFileIncident', { path: { id: attack }, body: { kind: 'freeze' }, expected: 409 }],
    ['listHostCommands', by_host],
    ['listHostIncidents', by_host],
    ['getHost', by_host],
    ['revokeHost', by_host],
    ['listHosts', { query: '?state=revoked' }],
  );

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

  // Everybody's sessions, and the sealed way in, whose use is an alarm.
  const everybody = (await call('listSessions')).value.items;
  check(everybody.some((s) => s.username === 'root'), "an administrator sees everybody's sessions");
  const sealed = (await call('sealBreakGlass', { body: { username: 'phong.bi' } })).value;
  await call('sealBreakGlass', { body: { username: 'root' }, expected: 409 });
  await call('signIn', { body: { username: 'phong.bi', password: sealed.password }, headers: origin });
  const alarm = (await call('listAlerts', { query: '?severity=critical' })).value.items.find((a) => a.kind === 'break_glass_used');
  check(alarm && alarm.asset.name === 'phong.bi', `the use of the sealed account is an alert: ${alarm?.title}`);
  const broken = (await call('listSessions')).value.items.find((s) => s.username === 'phong.bi');
  await call('endSession', { path: { id: broken.id } });
  await call('endSession', { path: { id: broken.id }, expected: 404 });
  const anew = (await call('sealBreakGlass', { body: { username: 'phong.bi' } })).value;
  await call('signIn', { body: { username: 'phong.bi', password: sealed.password }, headers: origin, expected: 401 });
  check(anew.password !== sealed.password, 'sealed anew');
  await call('removeUser', { path: { id: 'phong.bi' } });

  // A second factor, until an administrator takes it away. A code works once: the recovery codes serve in between.
  const password = 'correct horse battery';
  const factor = { headers: person, body: { password } };
  await call('getSecondFactor', { headers: person });
  await call('offerSecondFactor', { headers: person, body: { password: 'wrong' }, expected: 403 });
  const offered = (await call('offerSecondFactor', factor)).value;
  await call('confirmSecondFactor', { headers: person, body: { code: '000000' }, expected: 403 });
  const codes = (await call('confirmSecondFactor', { headers: person, body: { code: totp(offered.secret) } })).value.recovery_codes;
  const asked = await call('signIn', { body: { username: 'root', password }, headers: origin, expected: 401 });
  check(asked.value.code_wanted === true, 'the password alone is asked for a code');
  await call('signIn', { body: { username: 'root', password, code: codes[0] }, headers: origin });
  const fresh = (await call('renewRecoveryCodes', { headers: person, body: { password, code: codes[1] } })).value.recovery_codes;
  await call('removeSecondFactor', { headers: person, body: { password, code: fresh[0] }, expected: 409 });
  check((await call('getSecondFactor', { headers: person })).value.required, 'an administrator must have one');
  await call('addUser', { body: { username: 'quan.sat', password, role: 'viewer' } });
  const viewer_in = await call('signIn', { body: { username: 'quan.sat', password }, headers: origin });
  const viewer = { ...origin, cookie: viewer_in.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '), 'x-csrf-token': viewer_in.value.csrf_token };
  const theirs = (await call('offerSecondFactor', { headers: viewer, body: { password } })).value;
  const their_codes = (await call('confirmSecondFactor', { headers: viewer, body: { code: totp(theirs.secret) } })).value.recovery_codes;
  await call('removeSecondFactor', { headers: viewer, body: { password, code: their_codes[0] } });
  await call('resetSecondFactor', { path: { id: 'quan.sat' }, expected: 409 });
  await call('resetSecondFactor', { path: { id: 'root' } });
  const back = await call('signIn', { body: { username: 'root', password }, headers: origin });
  person.cookie = back.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  person['x-csrf-token'] = back.value.csrf_token;

  // What no operation answers is refused in the reader's language, whoever refuses it.
  for (const [method, path, status, said] of [
    ['POST', '/healthz', 405, 'địa chỉ này chỉ trả lời GET, HEAD'],
    ['GET', '/api/v1/nothing', 404, 'không có thao tác này'],
  ]) {
    const refused = await fetch(`${vedette.url}${path}`, { method, headers: { 'accept-language': 'vi' } });
    const { detail } = await refused.json();
    check(refused.status === status && detail.startsWith(said), `${method} ${path}: ${refused.status} ${detail}`);
  }

  const sent = await fetch(`${vedette.url}/ingest/app`, {
    method: 'POST', headers: { authorization: `Bearer ${vedette.token}` },
    body: '{"Channel":"Security","EventID":1102,"Computer":"dc-01"}\nno JSON\n',
  });
  check(sent.status === 200, 'events are taken');
  const events = (await call('searchEvents', { query: '?q=EventID%3D1102' })).value.items;
  check(events.length === 1, 'an event is found by a field');
  const kept = (await call('keepEvents', { ...by_incident, query: '?q=EventID%3D1102', body: {} })).value;
  check(kept.kind === 'events' && kept.note === '1 events', 'the events of a search are evidence');
  await call('getEvent', { path: { id: events[0].id } });
  await call('getEvent', { path: { id: 'x' }, expected: 404 });
  await call('searchEvents', { query: '?q=%22open', expected: 422 });

  const search = (await call('addLogSearch', { body: { name: 'một', query: 'q=EventID%3D1102&range=24h', shared: true } })).value;
  await call('addLogSearch', { body: { name: 'một', query: '' }, expected: 409 });
  await call('changeLogSearch', { path: { id: search.id }, body: { name: 'hai', query: 'range=1h' } });
  await call('removeLogSearch', { path: { id: search.id } });
  const rules = (await call('listLogRules')).value.items;
  const cleared = { path: { id: events[0].rules[0] ?? rules[0].id } };
  await call('testLogRule', { ...cleared, body: { event: '{"Channel":"Security","EventID":1102}' } });
  await call('testLogRule', { ...cleared, body: { event: 'a\nb' }, expected: 422 });
  const until_then = new Date(Date.now() + 3_600_000).toISOString();
  await call('switchLogRuleOff', { ...cleared, body: { reason: 'thử', until: until_then } });
  await call('switchLogRuleOff', { path: { id: 'none' }, body: { reason: 'thử', until: until_then }, expected: 404 });
  check((await call('getLogRule', cleared)).value.off?.reason === 'thử', 'a rule that is off says why');
  await call('switchLogRuleOn', cleared);
  await call('switchLogRuleOn', { ...cleared, expected: 404 });

  await two_people(call, origin, person);
  await advisories(call, vedette, person, web, portal_page('Cơ quan số 9'));
  await directives(call, origin, person);

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
  const forgotten = never.filter((id) => !elsewhere.includes(id));
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

// Hosts over real mutual TLS: enrolment, a signed policy, an attack that becomes one alert with its file incident, orders
// by role, signed and carried through a kill -9 of the server, the live stream, revocation from the command line.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAgent, new_id } from './lib/agent.mjs';
import { Vedette, binary, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vedette-hosts-'));
let vedette;
let failed = false;
let stream;
try {
  vedette = new Vedette(folder, await free_port(), `chromium = "none"\n[agents]\nlisten = "127.0.0.1:${await free_port()}"`);
  vedette.start();
  await vedette.ready(120);
  await vedette.set_up();

  // People of each role, with their own sessions.
  const people = {};
  for (const role of ['viewer', 'analyst', 'lead']) {
    await vedette.api('POST', '/users', { username: role, password: 'another long phrase', role });
    const signed = await fetch(`${vedette.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: vedette.url }, body: JSON.stringify({ username: role, password: 'another long phrase' }) });
    const cookie = signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
    people[role] = { origin: vedette.url, cookie, 'x-csrf-token': (await signed.json()).csrf_token };
  }
  const ask = async (role, method, path, body, more = {}) => {
    const answer = await fetch(`${vedette.url}/api/v1${path}`, { method, headers: { ...people[role], 'content-type': 'application/json', ...more }, body: body ? JSON.stringify(body) : undefined });
    return { status: answer.status, value: await answer.json().catch(() => null) };
  };

  const events = [];
  async function listen() {
    stream = new AbortController();
    const answer = await fetch(`${vedette.url}/api/v1/stream`, { headers: { authorization: `Bearer ${vedette.token}` }, signal: stream.signal });
    const read = async () => {
      let text = '';
      for await (const part of answer.body) {
        text += Buffer.from(part).toString('utf8');
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const name = /^event: (.*)$/m.exec(text.slice(0, end))?.[1];
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
          if (name && name !== 'heartbeat') events.push({ name, ...JSON.parse(data) });
        }
      }
    };
    read().catch(() => {});
  }
  await listen();

  const made = await vedette.api('POST', '/enrolments', { group: 'may-chu-tep', note: 'e2e', expires_in_s: 600 });
  const agent = await new TestAgent(folder, 'tep-01', made.command).enrol();
  check(Buffer.from(agent.command_key, 'base64').length === 32, 'the agent learns the key that signs orders');
  check((statSync(join(folder, 'data', 'agents', 'command.key')).mode & 0o777) === 0o600, 'that key is for the server alone');
  const listed = (await vedette.api('GET', '/enrolments')).items.find((e) => e.id === made.id);
  check(listed.host_id === agent.host_id && !('token' in listed), 'the token is used and shown no more');
  await until('consoles hear of the host', 10, () => events.some((e) => e.name === 'host' && e.id === agent.host_id));

  await vedette.api('PUT', '/groups/may-chu-tep', { mode: 'hold', trees: ['/srv/share'], exclude: [], vault_bytes: 2 ** 30, web_roots: [], web_root_discovery: true });
  check((await ask('lead', 'PUT', '/groups/may-chu-tep', { mode: 'off', trees: [], exclude: [], vault_bytes: 2 ** 30, web_roots: [], web_root_discovery: true })).status === 403, 'a policy is the administrator\'s');
  let beat = await agent.beat();
  const policy = agent.order(beat.value.policy);
  check(policy.kind === 'policy' && policy.mode === 'hold' && policy.trees.join() === '/srv/share', 'the policy of the group arrives, signed');
  agent.state = { ...agent.state, policy_version: policy.version, mode: 'hold' };
  beat = await agent.beat();
  check(!beat.value.policy && beat.value.orders.length === 0 && beat.value.interval_s === 15, 'and is not sent again');
  check((await vedette.api('GET', `/hosts/${agent.host_id}`)).mode === 'hold', 'the host shows what is in force');

  // One attack, thousands of files, one alert.
  const id = new_id();
  const files = Array.from({ length: 1000 }, (_, i) => `/srv/share/Hợp đồng/${i}.pdf`);
  await agent.tell(agent.attack(id), agent.incident(id, 'held', files, { more_files: 4000 }));
  const alerts = await vedette.all('/alerts');
  check(alerts.length === 1 && alerts[0].file_incident_id === id, 'one alert, which names the file incident');
  let incident = await vedette.api('GET', `/file-incidents/${id}`);
  check(incident.alert_id === alerts[0].id && incident.files.length === 1000 && incident.more_files === 4000 && incident.state === 'open', 'the file incident names the alert');
  check((await agent.beat()).value.interval_s === 2, 'while it goes on the agent is heard of often');
  await until('consoles hear of the incident', 10, () => events.some((e) => e.name === 'file_incident' && e.id === id && e.state === 'open'));

  const at = `/file-incidents/${id}/commands`;
  check((await ask('viewer', 'POST', at, { kind: 'freeze' })).status === 403, 'a viewer asks for nothing');
  check((await ask('analyst', 'POST', at, { kind: 'rollback' })).status === 403, 'an analyst does not put files back');
  check((await ask('lead', 'POST', at, { kind: 'thaw' })).status === 409, 'what is not frozen is not let go on');
  check((await ask('lead', 'POST', at, { kind: 'allow', note: 'ours' })).status === 422, 'nothing is allowed for ever');
  check((await ask('lead', 'POST', at, { kind: 'run', note: 'id' })).status === 422, 'there is no order that runs a program');
  const key = { 'idempotency-key': 'one' };
  const given = await ask('analyst', 'POST', at, { kind: 'freeze', note: 'tôi xem' }, key);
  const again = await ask('analyst', 'POST', at, { kind: 'freeze', note: 'tôi xem' }, key);
  check(given.status === 201 && again.status === 201 && again.value.id === given.value.id, 'an analyst freezes, and once');
  beat = await agent.beat();
  check(beat.value.orders.length === 1 && agent.order(beat.value.orders[0]).id === given.value.id, 'the order arrives, signed');
  const command = async () => (await vedette.api('GET', `/hosts/${agent.host_id}/commands`)).items.find((c) => c.id === given.value.id);
  check((await command()).state === 'sent', 'and is shown as sent');

  // The server dies between the order and its result; neither is lost, and it is the same order.
  stream.abort();
  await vedette.kill('SIGKILL');
  vedette.start();
  await vedette.ready(60);
  await listen();
  const resent = (await agent.beat()).value.orders;
  check(resent.length === 1 && resent[0].payload === beat.value.orders[0].payload && (await command()).state === 'sent', 'after kill -9 it is the same order');
  await agent.tell({ kind: 'order_result', id: given.value.id, ok: true, text: null }, agent.incident(id, 'frozen', files));
  check((await command()).state === 'done' && (await agent.beat()).value.orders.length === 0, 'its result ends it');
  incident = await vedette.api('GET', `/file-incidents/${id}`);
  check(incident.frozen && incident.state === 'frozen', 'the incident is frozen');

  const rollback = await ask('lead', 'POST', at, { kind: 'rollback' });
  check(rollback.status === 201 && agent.order((await agent.beat()).value.orders[0]).kind === 'rollback', 'a lead puts the files back');
  await agent.tell({ kind: 'order_result', id: rollback.value.id, ok: true, text: null }, agent.report(id, files, 2), agent.incident(id, 'rolled_back', files));
  incident = await vedette.api('GET', `/file-incidents/${id}`);
  check(incident.report.restored === 998 && incident.report.failed === 2 && !incident.report.files[0].ok, 'the report is there, failures first');
  check((await vedette.api('GET', `/alerts/${alerts[0].id}`)).condition_resolved, 'the alert says that it is over');
  await until('consoles hear of that', 10, () => events.some((e) => e.name === 'file_incident' && e.state === 'rolled_back'));
  const audit = (await vedette.api('GET', '/audit?limit=100')).items.map((e) => `${e.actor} ${e.action}`);
  check(['analyst file_incident.freeze', 'lead file_incident.rollback', 'agent:tep-01 order.done', 'token:e2e group.policy'].every((e) => audit.includes(e)), 'everything is in the audit log');

  const cli = (...words) => execFileSync(binary(), ['agent', ...words, '--config', vedette.config], { encoding: 'utf8' });
  check(/^tep-01\s+ok\s+hold\s+may-chu-tep/m.test(cli('list')), 'vedette agent list');
  cli('revoke', 'tep-01');
  check((await agent.beat()).status === 401 && (await agent.call('records', { epoch: 'e2e', records: [] })).status === 401, 'a revoked host is answered no more');
  check((await vedette.api('GET', `/hosts/${agent.host_id}`)).state === 'revoked', 'and shown so');
  let complained = '';
  try { cli('revoke', 'tep-01'); } catch (error) { complained = `${error.status} ${error.stderr}`; }
  check(/^2 .*no host tep-01/.test(complained), 'revoking what is not there says so');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail(10));
} finally {
  stream?.abort();
  if (vedette?.process) await vedette.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

// kill -9 of the whole server again and again at random moments while pages are defaced and people are told.
// Then: no finding, alert or notification lost; what arrived twice arrived under the same key.
//   KILLS (200), SEED (of the clock) and VEDETTE_BINARY can be set.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smtp_sink, webhook_sink } from './lib/sinks.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, random, sleep, until } from './lib/wait.mjs';
import { defaced_page, make_certificates, nginx, portal_page } from './lib/web.mjs';

const kills = Number(process.env.KILLS ?? 200);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const budget_s = Number(process.env.KILL_SECONDS ?? 110);
const next = random(seed);
const folder = mkdtempSync(join(tmpdir(), 'vedette-kill9-'));
const closing = [];
let vedette;
let failed = false;
console.log(`  ${kills} kills, SEED=${seed}`);
try {
  const certificates = make_certificates(join(folder, 'certificates'));
  const mail = await smtp_sink({ ...certificates.good, user: 'vedette', password: 'p4ss' });
  const hook = await webhook_sink('hook-secret-of-the-e2e-test', { delay_ms: 5 });
  const web = await nginx(join(folder, 'nginx'));
  closing.push(mail, hook, web);
  const count = Math.max(1, kills);
  for (let i = 0; i < count; ++i) web.put(`${i}.html`, portal_page(`Cơ quan số ${i}`));

  vedette = new Vedette(folder, await free_port(), 'chromium = "none"');
  vedette.start();
  await vedette.ready();
  await vedette.set_up();
  const mail_id = (await vedette.api('POST', '/channels', { name: 'mail', kind: 'smtp', settings: {
    host: 'localhost', port: mail.port, tls: 'starttls', user: 'vedette', password: 'p4ss', from: 'vedette@example.org',
    to: ['duty@example.org'], ca_file: certificates.ca_file } })).id;
  const hook_id = (await vedette.api('POST', '/channels', { name: 'hook', kind: 'webhook', settings: { url: hook.url, secret: 'hook-secret-of-the-e2e-test' } })).id;
  await vedette.api('PUT', '/ladder', { steps: [{ after_minutes: 0, channel_ids: [mail_id, hook_id] }], repeat_last_minutes: 0, least: 'high' });
  const ids = [];
  for (let i = 0; i < count; ++i) {
    ids.push((await vedette.api('POST', '/sites', { name: `site ${i}`, url: `${web.url}/${i}.html`, interval_s: 5 })).id);
  }
  await vedette.learn(ids, 120);
  console.log(`  ${count} pages are learnt`);

  const known = new Set(); // alerts that anybody was told of: they must be there for ever
  const remember = async () => {
    for (const alert of await vedette.all('/alerts')) known.add(alert.id);
  };
  const began = Date.now();
  let done = 0, during_start = 0;
  for (; done < kills && Date.now() - began < budget_s * 1000; ++done) {
    if (done < count) web.put(`${done}.html`, defaced_page(`Crew ${done}`));
    const end = Date.now() + next() * 600;
    let ready = false;
    while (Date.now() < end) {
      if (!ready) ready = await fetch(`${vedette.url}/healthz`).then((r) => r.ok, () => false);
      if (ready && done < count && next() < 0.3) await vedette.api('POST', `/sites/${ids[done]}/check`).catch(() => {});
      if (ready && next() < 0.1) await remember().catch(() => {});
      await sleep(Math.min(20, Math.max(0, end - Date.now())));
    }
    if (!ready) ++during_start;
    await vedette.kill('SIGKILL');
    vedette.start();
  }
  const took = (Date.now() - began) / 1000;
  console.log(`  ${done} kills in ${took.toFixed(0)} s, ${during_start} of them while it started`);
  const told = new Set(hook.calls.map((c) => c.body.alert.id));
  const defaced = Math.min(done, count);

  await vedette.ready(30);
  const alerts = await until('every defaced page has its alert', 120, async () => {
    const all = (await vedette.all('/alerts')).filter((a) => a.severity === 'critical');
    return ids.slice(0, defaced).every((id) => all.some((a) => a.asset.id === id)) && all;
  }, 500);
  await until('the outbox is empty', 120, async () => (await vedette.api('GET', '/health/detail')).desk.outbox_pending === 0, 500);
  await sleep(1000);

  check(done === kills, `the server was killed ${done} of ${kills} times within ${budget_s} s`);
  check(ids.slice(0, defaced).every((id) => alerts.filter((a) => a.asset.id === id).length === 1), `no finding lost: ${defaced} defaced pages, one critical alert each`);
  const present = new Set((await vedette.all('/alerts')).map((a) => a.id));
  check([...known, ...told].every((id) => present.has(id)), `no alert lost: all ${new Set([...known, ...told]).size} that were ever shown or sent are there`);

  let notifications = 0;
  const mail_ids = new Map(), hook_keys = new Map();
  // A person gets a few messages a minute: in a storm one carries several alerts and says how many.
  const carried = (m) => 1 + Number(/(?:And|Và) (\d+) (?:more alerts|cảnh báo khác)/.exec(m.text)?.[1] ?? 0);
  const mailed = new Map();
  for (const m of mail.mails) {
    mail_ids.set(m.id, (mail_ids.get(m.id) ?? 0) + 1);
    if ((mailed.get(m.id) ?? carried(m)) !== carried(m)) throw new Error(`${m.id} came again with other contents`);
    mailed.set(m.id, carried(m));
  }
  for (const c of hook.calls) hook_keys.set(c.key, (hook_keys.get(c.key) ?? 0) + 1);
  const hook_alerts = new Map(); // (alert, cycle, step) → keys
  for (const c of hook.calls) {
    const what = `${c.body.alert.id}/${c.body.notification.cycle}/${c.body.notification.step}`;
    hook_alerts.set(what, (hook_alerts.get(what) ?? new Set()).add(c.key));
  }
  for (const alert of alerts) {
    const detail = await vedette.api('GET', `/alerts/${alert.id}`);
    const wanted = detail.notifications.filter((n) => n.state !== 'cancelled');
    if (wanted.length !== 2) throw new Error(`alert ${alert.id} has ${wanted.length} notifications, not 2`);
    if (!wanted.every((n) => n.state === 'accepted')) throw new Error(`alert ${alert.id}: ${JSON.stringify(wanted)}`);
    if (!told.has(alert.id) && !hook.calls.some((c) => c.body.alert.id === alert.id)) throw new Error(`the webhook never heard of ${alert.id}`);
    notifications += wanted.length;
  }
  const told_by_mail = [...mailed.values()].reduce((sum, n) => sum + n, 0);
  check(told_by_mail === alerts.length, `no mail lost: ${mail_ids.size} messages tell of ${told_by_mail} of ${alerts.length} alerts`);
  check(hook_keys.size === alerts.length, `no webhook call lost: ${hook_keys.size} keys for ${alerts.length} alerts`);
  check([...hook_alerts.values()].every((keys) => keys.size === 1), 'what came twice came under the same key');
  const twice = (map) => [...map.values()].reduce((sum, n) => sum + n - 1, 0);
  console.log(`  ${notifications} notifications accepted; duplicates with the same key: ${twice(mail_ids)} mails, ${twice(hook_keys)} calls`);
  check(hook.refused.length === 0, 'every signature was right');
  check((await vedette.api('GET', '/audit/verify')).ok, 'the audit chain is whole');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail(20));
} finally {
  if (vedette?.process) await vedette.stop();
  for (const item of closing) await item.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

// From a defaced page to the person who acknowledges it, with real servers on every side:
// nginx → vedette server → SMTP (STARTTLS, login) and webhook → the link in the mail → no further step of the ladder.
// Then every way in which a web server misbehaves: no false CRITICAL, no crash.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smtp_sink, webhook_sink } from './lib/sinks.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, sleep, until } from './lib/wait.mjs';
import { corpus_pages, defaced_page, html, make_certificates, misbehaviour, nginx, portal_page, wild_server } from './lib/web.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-'));
const closing = [];
let vedette;
let failed = false;
try {
  const certificates = make_certificates(join(folder, 'certificates'));
  const mail = await smtp_sink({ ...certificates.good, user: 'vedette', password: 'p4ss' });
  const hook = await webhook_sink('hook-secret-of-the-e2e-test');
  const second = await webhook_sink('second-secret-of-the-e2e-test');
  const web = await nginx(join(folder, 'nginx'));
  const wild = await wild_server();
  closing.push(mail, hook, second, web, wild);

  vedette = new Vedette(folder, await free_port(), `ca_file = "${certificates.ca_file}"\npage_bytes_max = 2097152`);
  vedette.start();
  await vedette.ready();
  await vedette.set_up();

  const channel = async (name, kind, settings) => (await vedette.api('POST', '/channels', { name, kind, settings })).id;
  const mail_id = await channel('duty mail', 'smtp', {
    host: 'localhost', port: mail.port, tls: 'starttls', user: 'vedette', password: 'p4ss', from: 'vedette@example.org',
    to: ['duty@example.org'], ca_file: certificates.ca_file,
  });
  const hook_id = await channel('duty hook', 'webhook', { url: hook.url, secret: 'hook-secret-of-the-e2e-test' });
  const second_id = await channel('second line', 'webhook', { url: second.url, secret: 'second-secret-of-the-e2e-test' });
  await vedette.api('PUT', '/ladder', {
    steps: [{ after_minutes: 0, channel_ids: [mail_id, hook_id] }, { after_minutes: 1, channel_ids: [second_id] }],
    repeat_last_minutes: 0, least: 'high',
  });
  const tested = await vedette.api('POST', `/channels/${mail_id}/test`);
  check(tested.ok, 'the mail channel works through STARTTLS with a login');

  // nginx: a portal and, where the corpus is, real pages; all are defaced one day or never.
  web.put('index.html', portal_page('UBND huyện Mẫu Sơn'));
  web.put('second/index.html', portal_page('Sở Y tế tỉnh Bắc Hà'));
  const real = corpus_pages(join(folder, 'corpus'), 6);
  real.forEach((page, i) => web.put(`real/${i}.html`, page));
  console.log(`  ${real.length} real pages of the corpus are watched too`);

  // The wild server: every page is well at first.
  const names = ['token', 'error', 'gone', 'loris', 'truncated', 'huge', 'loop', 'garbage'];
  const portal = (name) => portal_page(`Cổng ${name}`, { token: Math.random().toString(36).slice(2) });
  for (const name of names) wild.pages.set(`/${name}`, (request, response) => html(portal(name))(request, response));
  const tls = {};
  for (const kind of ['good', 'wrong_name', 'expired']) {
    tls[kind] = await wild_server(certificates[kind]);
    tls[kind].pages.set('/', (request, response) => html(portal(kind))(request, response));
    closing.push(tls[kind]);
  }

  const add = async (name, url) => (await vedette.api('POST', '/sites', { name, url, interval_s: 5 })).id;
  const a = await add('district', `${web.url}/`);
  const b = await add('health', `${web.url}/second/`);
  const real_ids = [];
  for (let i = 0; i < real.length; ++i) real_ids.push(await add(`real ${i}`, `${web.url}/real/${i}.html`));
  const wild_ids = {};
  for (const name of names) wild_ids[name] = await add(name, `${wild.url}/${name}`);
  const tls_good = await add('tls', `${tls.good.url}/`);
  const tls_bad = [await add('tls wrong name', `${tls.wrong_name.url}/`), await add('tls expired', `${tls.expired.url}/`)];
  await vedette.learn([a, b, ...real_ids, ...Object.values(wild_ids), tls_good], 90);
  check(true, 'all pages are learnt');
  const alerts_of = async (id) => (await vedette.all('/alerts')).filter((alert) => alert.asset.id === id);
  check((await alerts_of(a)).length === 0 && !hook.calls.some((c) => ![...tls_bad].includes(c.body.alert.asset.id)), 'nothing is reported while pages are well');

  // 1. The page is replaced.
  const replaced = Date.now();
  web.put('index.html', defaced_page('Team Nowhere'));
  const first = await until('the webhook is called', 90, () => hook.calls.find((c) => c.body.alert.asset.id === a));
  const mails_of = (alert_id) => mail.mails.filter((m) => m.text.includes(alert_id));
  const letter = await until('the mail arrives', 30, () => mails_of(first.body.alert.id)[0]);
  console.log(`  from the replaced file to the webhook: ${((first.at - replaced) / 1000).toFixed(1)} s, to the mail: ${((letter.at - replaced) / 1000).toFixed(1)} s (interval 5 s)`);
  check(first.body.alert.severity === 'critical', 'the alert is critical');
  check(letter.secure && letter.to[0] === 'duty@example.org', 'the mail came over TLS to the person on duty');
  check(first.key && letter.id, 'both carry a key');

  // 2. One alert, one mail, one call, although the page is fetched again and again.
  const seen = (await vedette.api('GET', `/sites/${a}`)).last_check_at;
  for (let i = 0; i < 3; ++i) {
    await vedette.api('POST', `/sites/${a}/check`);
    await sleep(1500);
  }
  check((await vedette.api('GET', `/sites/${a}`)).last_check_at > seen, 'the page was fetched again');
  const open = (await alerts_of(a)).filter((alert) => alert.state !== 'closed');
  check(open.length === 1, 'there is one alert');
  check(hook.calls.filter((c) => c.body.alert.asset.id === a).length === 1, 'there was one webhook call');
  check(mails_of(open[0].id).length === 1, 'there was one mail');
  const detail = await vedette.api('GET', `/alerts/${open[0].id}`);
  check(detail.title && detail.reason && detail.next_step && detail.findings.length > 0, 'the alert explains itself');
  const evidence = await vedette.all(`/sites/${a}/snapshots`);
  check(evidence.length > 0, 'snapshots are kept as evidence');

  // 3. The link of the mail, without JavaScript: a page, a form, done.
  const link = /https?:\/\/[^\s<>"]+\/a\/[\w-]+/.exec(letter.text)?.[0];
  check(link !== undefined, 'the mail has a link');
  const page = await (await fetch(link)).text();
  check(!/<script/i.test(page) && /<form[^>]*method="post"/i.test(page), 'it shows a page with a form and no script');
  check((await vedette.api('GET', `/alerts/${open[0].id}`)).state === 'new', 'looking at it changes nothing');
  const action = new URL(/<form[^>]*action="([^"]+)"/i.exec(page)[1], link);
  const done = await fetch(action, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' });
  check(done.ok, 'its button works');
  check((await vedette.api('GET', `/alerts/${open[0].id}`)).state === 'acknowledged', 'the alert is acknowledged');

  // 4. A second page is replaced and nobody answers: only that one climbs.
  web.put('second/index.html', defaced_page('Team Nowhere'));
  const unanswered = await until('the second alert', 90, () => hook.calls.find((c) => c.body.alert.asset.id === b));

  // 5. Meanwhile the wild server goes wild.
  wild.pages.set('/error', misbehaviour.server_error);
  wild.pages.set('/gone', misbehaviour.not_found);
  wild.pages.set('/loris', misbehaviour.slow_loris);
  wild.pages.set('/truncated', misbehaviour.truncated(portal('truncated')));
  wild.pages.set('/huge', misbehaviour.huge);
  wild.pages.set('/loop', misbehaviour.redirect_loop);
  wild.pages.set('/garbage', misbehaviour.garbage);

  const climbed = await until('the ladder climbs for the unanswered alert', 100, () => second.calls.find((c) => c.body.alert.asset.id === b));
  console.log(`  second step after ${((climbed.at - unanswered.at) / 1000).toFixed(1)} s without an answer`);
  check(!second.calls.some((c) => c.body.alert.asset.id === a), 'the acknowledged alert did not climb');

  for (const [name, id] of Object.entries(wild_ids)) {
    if (name === 'token' || name === 'gone') continue;
    const site = await until(`${name} is seen as unavailable`, 60, async () => {
      const now = await vedette.api('GET', `/sites/${id}`);
      return now.state === 'unavailable' && now;
    }, 500);
    console.log(`  ${name}: ${site.state}, ${JSON.stringify(site.last_error).slice(0, 100)}`);
  }
  const all = await vedette.all('/alerts');
  const critical = all.filter((alert) => alert.severity === 'critical');
  check(critical.every((alert) => [a, b].includes(alert.asset.id)), `no false CRITICAL (${critical.length} critical alerts: the two defaced pages)`);
  check(critical.length === 2, 'the two defaced pages are the only critical alerts');
  for (const id of [...real_ids, wild_ids.token, tls_good]) {
    const alerts = all.filter((alert) => alert.asset.id === id);
    check(alerts.length === 0, `no alert for a page that is well (${id.slice(-6)})`);
  }
  for (const id of tls_bad) {
    const site = await vedette.api('GET', `/sites/${id}`);
    check(site.learned === 0, `a page behind a bad certificate is not learnt: ${JSON.stringify(site.last_error).slice(0, 90)}`);
  }
  check(vedette.exit === undefined && (await fetch(`${vedette.url}/healthz`)).ok, 'the server lives');
  check(hook.refused.length === 0 && second.refused.length === 0, 'every webhook signature was right');
  check((await vedette.api('GET', '/audit/verify')).ok, 'the audit chain is whole');
  await vedette.stop();
  check(vedette.exit.code === 0, 'it stops in order');
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

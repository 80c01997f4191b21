// From a defaced page to the telephone of who is on duty, through a real SMS gateway: the channel's own numbers and a
// person's own, the link in the message acknowledges, and a refusing gateway is not taken for one that sent.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kannel, kannel_is_there } from './lib/kannel.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';
import { defaced_page, nginx, portal_page } from './lib/web.mjs';

if (!kannel_is_there()) {
  console.log('not run here: kannel and kannel-extras are not installed');
  process.exit(77);
}
const folder = mkdtempSync(join(tmpdir(), 'vedette-sms-'));
let vedette, web, gateway;
let failed = false;
try {
  [web, gateway] = await Promise.all([nginx(join(folder, 'nginx')), kannel(join(folder, 'kannel'))]);
  vedette = new Vedette(folder, await free_port(), 'chromium = "none"');
  vedette.start();
  await vedette.ready();
  await vedette.set_up();

  const add = (name, settings) => vedette.api('POST', '/channels', { name, kind: 'sms', settings: { url: gateway.url, plain_letters: true, accepted: 'Accepted for delivery', to: ['+84 912 000 001'], ...settings } });
  const channel = await add('SMS');
  check(!JSON.stringify(channel.settings).includes('secret'), 'the address of the gateway is not shown again');
  const tested = await vedette.api('POST', `/channels/${channel.id}/test`);
  check(tested.ok, `the gateway took it: ${tested.detail}`);
  await until('the test message', 20, () => gateway.messages().some((m) => m.includes('+84912000001')));

  const wrong = await add('SMS, wrong password', { url: gateway.url.replace('password=secret', 'password=wrong') });
  const refused = await vedette.api('POST', `/channels/${wrong.id}/test`);
  check(!refused.ok, `a gateway that refuses has not sent: ${refused.detail}`);

  // A person without an address of their own at this channel is reached at their telephone number.
  const person = await vedette.api('POST', '/people', { name: 'Nguyễn Thị Trực', phone: '0912 000 002', contacts: [{ channel_id: channel.id }] });
  await vedette.api('PUT', '/escalation-policies/default', { name: 'Trực', steps: [{ after_minutes: 0, targets: [{ kind: 'person', id: person.id }] }], least: 'high' });

  web.put('one.html', portal_page('Cơ quan số 1'));
  const site = await vedette.api('POST', '/sites', { name: 'Cổng thông tin', url: `${web.url}/one.html`, interval_s: 5 });
  await vedette.learn([site.id], 240);
  web.put('one.html', defaced_page('Crew 1'));
  const text = await until('the message about the alert', 120, () => gateway.messages().find((m) => m.includes('0912000002') && m.includes('/a/')));
  console.log(`  on the telephone: ${text}`);
  check(/^13013 0912000002 text \[(Critical|Nghiem trong)\] /.test(text) && !/[^\x00-\x7f]/.test(text), 'severity and title, without diacritics');
  check(!text.includes('Crew 1'), 'nothing of the attacker stands in the message');
  const token = /\/a\/([\w-]+)/.exec(text)[1];
  await fetch(`${vedette.url}/a/${token}`, { method: 'POST' });
  const alert = (await vedette.all('/alerts')).find((a) => a.asset.id === site.id && a.severity === 'critical');
  check(alert.state === 'acknowledged', 'the link in the message acknowledges');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail());
  if (gateway) console.error(gateway.log());
} finally {
  if (vedette) await vedette.stop();
  gateway?.close();
  await web?.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

// What authorities write to mailboxes, from a real IMAP server: a letter and an advisory, a stranger, a huge message and a hostile
// one, kill -9 in the middle, a folder that is numbered anew, a certificate that nobody knows, a server that is away.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mail_server, mail_server_is_there } from './lib/mail_server.mjs';
import { Vedette, free_port, sleep } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';

if (!mail_server_is_there()) {
  console.log('not run here: dovecot-imapd is not installed');
  process.exit(77);
}
const folder = mkdtempSync(join(tmpdir(), 'vedette-intake-'));
const mail_folder = mkdtempSync(join(tmpdir(), 'vedette-imap-'));
let vedette, imap;
let failed = false;
const letter = (n, { from = 'van.thu@a05.example', file = '%PDF-1.4', type = 'application/pdf', name = `cong-van-${n}.pdf` } = {}) =>
  `Authentication-Results: mx.example.org; dkim=pass header.d=a05.example; spf=pass\r\nFrom: =?utf-8?q?C=E1=BB=A5c?= <${from}>\r\nTo: soc@example.org\r\n` +
  `Subject: Request ${n}\r\nMessage-ID: <${n}@a05.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n` +
  `--xx\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNh\u1eadt k\u00fd t\u1eeb 08:00\r\n--xx\r\nContent-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment\r\n\r\n${file}\r\n--xx--\r\n`;
try {
  imap = await mail_server(mail_folder, ['a05', 'cert', 'wrong']);
  const mailboxes = join(folder, 'mailboxes');
  mkdirSync(mailboxes);
  const mailbox = (id, kind, more) => {
    writeFileSync(join(folder, `${id}.password`), `pass phrase of ${id}\n`);
    writeFileSync(join(mailboxes, `${id}.toml`), `id = "${id}"\nkind = "${kind}"\nhost = "localhost"\nuser = "${id}"\npassword_file = "${join(folder, `${id}.password`)}"
authority = "${id.toUpperCase()}"\nsenders = ["@${id}.example"]\nmail_server = "mx.example.org"\ninterval_seconds = 1\n${more}`);
  };
  mailbox('a05', 'directives', `port = ${imap.tls_port}\nca_file = "${imap.certificate}"\n`);
  mailbox('cert', 'advisories', `tls = "starttls"\nport = ${imap.port}\nca_file = "${imap.certificate}"\n`);
  mailbox('wrong', 'directives', `port = ${imap.tls_port}\n`);
  vedette = new Vedette(folder, await free_port(), 'chromium = "none"', false, `mailboxes = "${mailboxes}"`);
  vedette.start();
  await vedette.ready(60);
  await vedette.set_up();

  imap.deliver('a05', letter(1));
  const directives = () => vedette.all('/directives');
  const first = (await until('the letter is a directive', 30, async () => { const all = await directives(); return all.length > 0 && all; }))[0];
  check(first.state === 'received' && first.title === 'Request 1' && first.made_by === 'mail:a05' && first.legal_basis === '', 'received, and nobody has verified it');
  check(first.files.map((one) => one.name).join() === 'cong-van-1.pdf,message.eml' && first.files.every((one) => one.sha256.length === 64), 'the document and the message itself are sealed with their hashes');
  const { mail } = await vedette.api('GET', `/directives/${first.id}`);
  check(mail.sender === 'van.thu@a05.example' && mail.dkim === 'pass' && mail.spf === 'pass' && mail.dmarc === null, 'what the own mail server says is shown');
  check((await vedette.all('/alerts')).some((alert) => alert.kind === 'directive_received' && alert.asset.id === first.id), 'somebody is told');

  imap.deliver('cert', letter('cert', { from: 'soc@cert.example', type: 'text/csv', name: 'ioc.csv', file: 'value\r\nevil[.]example\r\n203.0.113.7' }));
  const advisory = (await until('the indicators are an advisory (STARTTLS)', 30, async () => { const all = await vedette.all('/advisories'); return all.length > 0 && all; }))[0];
  check(advisory.state === 'unconfirmed' && advisory.indicators === 2 && advisory.lead_confirms, 'it waits for a lead');

  imap.deliver('a05', letter(2, { from: 'van.thu@a05.example.evil.example' }));
  imap.deliver('a05', letter(3, { file: 'x'.repeat(17 * 1024 * 1024) }));
  imap.deliver('a05', Array.from({ length: 3000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(''));
  imap.deliver('cert', letter('none', { from: 'soc@cert.example' }));
  const reasons = await until('what is not for the register is set aside', 60, async () => {
    const aside = (await vedette.all('/mail-intake/mails')).filter((one) => one.outcome === 'set_aside');
    return aside.length === 4 && aside.map((one) => one.reason).sort().join();
  });
  check(reasons === 'large,no_indicators,sender,unreadable', `each with its reason: ${reasons}`);
  check((await directives()).length === 1, 'and nothing of it is a directive');

  const kMany = 60;
  for (let n = 0; n < kMany; ++n) imap.deliver('a05', letter(100 + n));
  let killed = 0;
  for (; killed < 12 && (await directives()).length < kMany; ++killed) {
    await sleep(60 + killed * 35);
    await vedette.kill();
    vedette.start();
    await vedette.ready(60);
  }
  const taken = await until('all letters are in', 90, async () => { const all = await directives(); return all.length >= kMany + 1 && all; });
  check(taken.length === kMany + 1 && new Set(taken.map((one) => one.title)).size === kMany + 1, `${killed} kills in the middle: ${kMany} letters, none lost and none double`);
  for (const one of taken.slice(0, 5)) {
    const answer = await fetch(`${vedette.url}/api/v1/directives/${one.id}/files/${one.files[0].id}/content`, { method: 'POST', headers: { authorization: `Bearer ${vedette.token}`, 'content-type': 'application/json' }, body: '{}' });
    check(answer.ok && (await answer.text()) === '%PDF-1.4', 'its document can be read');
  }

  await imap.stop();
  imap.number_anew('a05');
  const of = async (id) => (await vedette.api('GET', '/mail-intake/mailboxes')).items.find((one) => one.id === id);
  await until('a server that is away is said', 30, async () => (await of('a05')).trouble !== '');
  const failing = () => vedette.all('/alerts').then((all) => all.filter((alert) => alert.kind === 'mailbox_failing'));
  await until('and is an alert', 30, async () => (await failing()).some((alert) => alert.asset.id === 'a05'));
  await imap.start();
  imap.deliver('a05', letter(500));
  const after = await until('it goes on where it was', 60, async () => { const all = await directives(); return all.some((one) => one.title === 'Request 500') && all; });
  check(after.length === kMany + 2, 'a folder that was numbered anew brings nothing twice');
  await until('it is well again', 30, async () => (await failing()).some((alert) => alert.asset.id === 'a05' && alert.condition_resolved));
  const { trouble } = await of('wrong');
  check(/certificate/i.test(trouble) && (await failing()).some((alert) => alert.asset.id === 'wrong'), `a certificate that nobody knows: ${trouble}`);
  check(!/user=<wrong>/.test(imap.log()), 'and no password was sent');
  check(!vedette.tail(100_000).includes('pass phrase of'), 'no password is in the log');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail());
  try { console.error(imap?.log().slice(-1500)); } catch { /* it wrote none */ }
} finally {
  if (vedette) await vedette.stop();
  await imap?.stop();
  for (const one of [folder, mail_folder]) rmSync(one, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

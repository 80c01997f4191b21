// bench/desk/load [paced|storm|failover|ingest…]: the desk under load against real peers: an SMTP server with STARTTLS and a
// login, signed webhooks, and channels that are broken in every way. Prints each figure beside its target.
//   DESK_BENCH, SECONDS (60; ingest 600), RATE (50; ingest 2000), ALERTS (10000), ROUNDS of failover (3)
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as http_server } from 'node:http';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from '../../test/e2e/node_modules/smtp-server/lib/smtp-server.js';
import { free_port } from '../../test/e2e/lib/vedette.mjs';
import { make_certificates } from '../../test/e2e/lib/web.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.DESK_BENCH ?? join(top, 'build/release/bench/desk_bench');
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'vedette-desk-'));
const closing = [];
const now = () => process.hrtime.bigint();
const ms = (from, to) => Number(to - from) / 1e6;

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.server ?? server).address().port)));
const close = (server) => {
  server.on?.('error', () => {});
  closing.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
};

// Every mail that was accepted: when, to whom, and its subject, which tells the alert and how many others.
async function mail_peer({ key, cert }, answer = () => null) {
  const mails = [];
  const server = new SMTPServer({
    key, cert,
    onAuth: (auth, _session, done) => (auth.password === 'p4ss' ? done(null, { user: auth.username }) : done(new Error('wrong login'))),
    onMailFrom: (_address, _session, done) => done(answer('mail')),
    onRcptTo: (_address, _session, done) => done(answer('rcpt')),
    onData: (stream, session, done) => {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        const error = answer('data');
        const text = Buffer.concat(parts).toString('latin1');
        const [head] = text.split('\r\n\r\n');
        const subject = decode_words(/^Subject: ([^]*?)\r\n(?! )/im.exec(head + '\r\n')?.[1] ?? '');
        if (!error) mails.push({ at: now(), to: session.envelope.rcptTo[0].address, subject });
        done(error);
      });
    },
  });
  server.on('error', () => {});
  const port = await listen(server);
  close(server.server);
  return { mails, port };
}

const decode_words = (text) =>
  text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, how, word) =>
    /b/i.test(how) ? Buffer.from(word, 'base64').toString('utf8') : Buffer.from(word.replace(/_/g, ' ').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8'));
const number_of = (subject) => Number(/number-(\d+)/.exec(subject)?.[1] ?? -1);

async function hook_peer(status = 204, wait_ms = 0) {
  const calls = [];
  const server = http_server((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => setTimeout(() => {
      response.writeHead(status).end();
      calls.push({ at: now(), body: JSON.parse(Buffer.concat(parts)) });
    }, wait_ms));
    request.on('error', () => {});
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server);
  close(server);
  return { calls, settings: { url: `http://127.0.0.1:${port}/`, secret: 'hook-secret-of-the-bench', rate_per_minute: 6000 } };
}

// Takes the connection and says nothing; or says one byte a second.
async function tarpit(drip) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {});
    if (!drip) return;
    const timer = setInterval(() => socket.write(drip.next().value), 1000);
    socket.on('close', () => clearInterval(timer));
  });
  const port = await listen(server);
  close(server);
  return port;
}

function* letters(text) {
  for (;;) yield* text;
}

function run(what, peers, ...more) {
  const own = mkdtempSync(join(folder, `${what}-`));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'peers.json'), JSON.stringify(peers));
  return new Promise((done, failed) => {
    const child = spawn(program, [what, own, join(own, 'peers.json'), ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', errors = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (errors += text));
    child.on('exit', (code) => {
      rmSync(own, { recursive: true, force: true });
      code === 0 ? done(out) : failed(new Error(`${what}: ${code}\n${errors.slice(-2000)}`));
    });
  });
}

const committed = (out) => new Map([...out.matchAll(/^committed (\d+) (\d+)$/gm)].map((m) => [Number(m[1]), BigInt(m[2])]));
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const row = (what, figure, target, reached) => console.log(`| ${what} | ${figure} | ${target} | ${reached ? 'reached' : '**not reached**'} |`);
const argument = (name, value) => `${name}=${value}`;
const smtp = (peer, ca_file) => ({ host: 'localhost', port: peer.port, tls: 'starttls', user: 'vedette', password: 'p4ss', from: 'vedette@example.org', to: ['unit@example.org'], ca_file, rate_per_minute: 6000 });

async function paced(keys) {
  const seconds = Number(process.env.SECONDS ?? 60), rate = Number(process.env.RATE ?? 50);
  const mail = await mail_peer(keys.good), hook = await hook_peer();
  const out = await run('paced', { mail: smtp(mail, keys.ca_file), hook: hook.settings }, argument('seconds', seconds), argument('rate', rate));
  const sent = committed(out);
  const first = (list, name) => {
    const at = new Map();
    for (const one of list) if (!at.has(name(one))) at.set(name(one), one.at);
    return [...sent].map(([number, since]) => (at.has(number) ? ms(since, at.get(number)) : Infinity));
  };
  const alert_rate = sent.size / Number(/^took ([\d.]+)/m.exec(out)[1]);
  for (const [what, waits] of [['mail (STARTTLS, login)', first(mail.mails, (m) => number_of(m.subject))], ['webhook', first(hook.calls, (c) => number_of(c.body.alert.asset.name))]]) {
    const p99 = quantile(waits, 0.99);
    row(`${sent.size} alerts at ${alert_rate.toFixed(1)}/s, commit → accepted, ${what}`, `p50 ${quantile(waits, 0.5).toFixed(0)}, p99 **${p99.toFixed(0)} ms**, worst ${Math.max(...waits).toFixed(0)} ms`, 'p99 ≤ 2,000 ms at 50/s', p99 <= 2000 && alert_rate >= rate * 0.98);
  }
}

async function storm(keys) {
  const alerts = Number(process.env.ALERTS ?? 10000);
  const mail = await mail_peer(keys.good), hook = await hook_peer();
  const out = await run('storm', { mail: smtp(mail, keys.ca_file), hook: hook.settings }, argument('alerts', alerts));
  const said = (name) => BigInt(new RegExp(`^${name} (\\d+)`, 'm').exec(out)[1]);
  const since = committed(out).get(0);
  const people = new Map();
  for (const m of mail.mails) people.set(m.to, [...(people.get(m.to) ?? []), m]);
  const firsts = [...people.values()].map((mails) => ms(since, mails[0].at));
  row(`storm of ${alerts}, stored in ${(ms(said('started'), said('stored')) / 1000).toFixed(1)} s: first page`, `**${(Math.max(...firsts) / 1000).toFixed(2)} s** (the last of ${people.size} people)`, '< 5 s', people.size === 3 && Math.max(...firsts) < 5000);
  let most = 0;
  for (const mails of people.values()) {
    for (let i = 0, from = 0; i < mails.length; ++i) {
      while (ms(mails[from].at, mails[i].at) >= 60_000) ++from;
      most = Math.max(most, i - from + 1);
    }
  }
  row('messages a person in any 60 s', `**${most}**`, '≤ 5', most <= 5 && most > 0);
  const carried = (m) => 1 + Number(/(?:And|Và|\+|và) ?(\d+)/.exec(m.subject)?.[1] ?? 0);
  const told = [...people.values()].map((mails) => mails.reduce((sum, m) => sum + carried(m), 0));
  row('alerts told to each person', `${told.join(', ')} of ${alerts + 60}; ${mail.mails.length} mails; not sent: ${said('unsent')}`, 'all', told.every((n) => n === alerts + 60) && said('unsent') === 0n);
  for (const kind of ['smtp', 'webhook']) {
    const slowest = (which) => (Number(new RegExp(`^slowest ${kind} ${which} (\\d+)`, 'm').exec(out)[1]) / 1000).toFixed(1);
    row(`longest wait of a critical one, ${kind}`, `**${slowest('critical')} s** (others ${slowest('others')} s)`, 'never silent: ≤ 60 s', slowest('critical') <= 60);
  }
}

async function failover(keys) {
  const rounds = Number(process.env.ROUNDS ?? 3);
  const good = await mail_peer(keys.good);
  const refused = await free_port();
  const error = (code, text) => Object.assign(new Error(text), { responseCode: code });
  const busy = await mail_peer(keys.good, (at) => (at === 'mail' ? error(451, 'try later') : null));
  const never = await mail_peer(keys.good, (at) => (at === 'mail' ? error(550, 'not for you') : null));
  const silent = await tarpit(), dripping = await tarpit(letters('220-hello there\r\n')), dripping_http = await tarpit(letters('HTTP/1.1 200 OK\r\nX: y\r\n'));
  const slow = await hook_peer(204, 60_000), wrong = await hook_peer(503), gone = await hook_peer(404);
  const web = (name, settings) => ({ name, kind: 'webhook', settings });
  const post = (name, port) => ({ name, kind: 'smtp', settings: smtp({ port }, keys.ca_file) });
  const url = (port) => ({ url: `http://127.0.0.1:${port}/`, secret: 'hook-secret-of-the-bench' });
  const broken = [post('smtp-tarpit', silent), post('smtp-slow', dripping), post('smtp-refused', refused), post('smtp-451', busy.port), post('smtp-550', never.port),
    web('http-tarpit', url(silent)), web('http-slow', url(dripping_http)), web('http-late', slow.settings), web('http-refused', url(refused)), web('http-503', wrong.settings), web('http-404', gone.settings)];
  const waits = new Map();
  const note = (name, value) => waits.set(name, [...(waits.get(name) ?? []), value]);
  for (let i = 0; i < rounds; ++i) {
    await Promise.all(broken.map(async (one) => {
      const before = good.mails.length;
      const since = committed(await run('failover', { mail: smtp(good, keys.ca_file), broken: [one] })).get(0);
      const mail = good.mails.slice(before).find((m) => m.to === `${one.name}@example.org`);
      note(one.name, mail ? ms(since, mail.at) / 1000 : Infinity);
    }));
    const before = good.mails.length;
    const since = committed(await run('failover', { mail: smtp(good, keys.ca_file), broken })).get(0);
    for (const one of broken) {
      const mail = good.mails.slice(before).find((m) => m.to === `${one.name}@example.org`);
      note('all at once', mail ? ms(since, mail.at) / 1000 : Infinity);
    }
  }
  for (const [name, values] of waits) row(`failover, ${name}`, `worst of ${values.length}: **${Math.max(...values).toFixed(1)} s**`, '< 20 s', Math.max(...values) < 20);
}

async function ingest(keys) {
  const seconds = Number(process.env.SECONDS ?? 600), rate = Number(process.env.RATE ?? 2000);
  const mail = await mail_peer(keys.good);
  const out = await run('ingest', { mail: smtp(mail, keys.ca_file) }, argument('seconds', seconds), argument('rate', rate));
  const [, count, , per_second, lost, size] = /alerts (\d+) in (\d+) s: (\d+) a second; lost after kill -9: (\d+); database (\d+) MB/.exec(out);
  const p99 = Number(/^commit ms: .*p99 ([\d.]+)/m.exec(out)[1]);
  row(`alerts ingested for ${seconds} s, ${rate}/s offered`, `**${per_second}/s**; ${count} alerts, ${size} MB`, '≥ 2,000/s', Number(per_second) >= 2000 * 0.995);
  row('their commit', /^commit ms: (.*)/m.exec(out)[1], 'p99 < 50 ms', p99 < 50);
  console.log(`| processor for each alert, µs | ${/^processor us an alert: (.*)/m.exec(out)[1]} | | |`);
  row('committed rows lost after kill -9', `**${lost}**`, '0', lost === '0');
  console.log(`\nsince it was due, ${/^since it was due (.*)/m.exec(out)[1]}; ${mail.mails.length} mails went out meanwhile\n`);
}

const parts = { paced, storm, failover, ingest };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
try {
  const certificates = make_certificates(join(folder, 'certificates'));
  console.log(`load average ${loadavg().map((n) => n.toFixed(1)).join(' ')} at the start\n\n| what | measured | target | |\n| --- | --- | --- | --- |`);
  for (const one of wanted) await parts[one](certificates);
  console.log(`\nload average ${loadavg().map((n) => n.toFixed(1)).join(' ')} at the end`);
} finally {
  for (const end of closing) end();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

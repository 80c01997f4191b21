// A real SMS gateway: Kannel's bearerbox and smsbox, and its simulated message centre, which prints what a telephone would get.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { free_port } from './vedette.mjs';
import { until } from './wait.mjs';

const kBearerbox = '/usr/sbin/bearerbox', kSmsbox = '/usr/sbin/smsbox', kCentre = '/usr/lib/kannel/test/fakesmsc';
export const kannel_is_there = () => [kBearerbox, kSmsbox, kCentre].every(existsSync);

const listens = (port) => new Promise((done) => {
  const probe = createConnection(port, '127.0.0.1', () => { probe.destroy(); done(true); });
  probe.on('error', () => done(false));
});

export async function kannel(folder) {
  mkdirSync(folder, { recursive: true });
  const [admin, box, centre, send] = [await free_port(), await free_port(), await free_port(), await free_port()];
  const file = join(folder, 'kannel.conf');
  writeFileSync(file, `group = core
admin-port = ${admin}
admin-password = secret
smsbox-port = ${box}
box-allow-ip = 127.0.0.1
log-file = ${folder}/bearerbox.log

group = smsc
smsc = fake
host = 127.0.0.1
port = ${centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${send}
global-sender = 13013
log-file = ${folder}/smsbox.log

group = sendsms-user
username = vedette
password = secret
max-messages = 5
concatenation = false

group = sms-service
keyword = default
max-messages = 0
text = none
`);
  const processes = [];
  const start = (program, ...args) => {
    const process_ = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    processes.push(process_);
    return process_;
  };
  start(kBearerbox, file).stderr.resume();
  await until('the bearerbox listens', 20, () => listens(centre));
  let said = '';
  const phone = start(kCentre, '-H', '127.0.0.1', '-r', String(centre), '-m', '0', '-i', '1000', '123 456 text nothing');
  for (const out of [phone.stdout, phone.stderr]) out.on('data', (bytes) => { said += bytes; });
  start(kSmsbox, file).stderr.resume();
  await until('the smsbox listens', 20, () => listens(send));
  return {
    url: `http://127.0.0.1:${send}/cgi-bin/sendsms?username=vedette&password=secret&to={to}&text={text}`,
    // What telephones got: "sender number text what is said".
    messages: () => [...said.matchAll(/Got message \d+: <([^>]*)>/g)].map((hit) => hit[1]),
    log: () => ['bearerbox', 'smsbox'].map((name) => readFileSync(join(folder, `${name}.log`), 'utf8').split('\n').slice(-15).join('\n')).join('\n') + said,
    close: () => { for (const one of processes.reverse()) one.kill('SIGKILL'); },
  };
}

// A real IMAP server: Dovecot, with TLS under a certificate of its own. Mail is put into its folders as a delivery agent does it.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { free_port } from './vedette.mjs';
import { until } from './wait.mjs';

const kDovecot = '/usr/sbin/dovecot';
export const mail_server_is_there = () => existsSync(kDovecot) && existsSync('/usr/lib/dovecot/imap');

export async function mail_server(folder, users) {
  // Dovecot opens no mail as root: then it works as nobody.
  const root = process.getuid() === 0;
  const owner = root ? Number(execFileSync('id', ['-u', 'nobody'])) : process.getuid();
  const group = root ? Number(execFileSync('id', ['-g', 'nobody'])) : process.getgid();
  const [user_name, group_name] = [execFileSync('id', ['-un', String(owner)]), execFileSync('id', ['-gn', String(owner)])].map((o) => String(o).trim());
  for (const one of ['', 'run', 'mail', ...users.flatMap((user) => [`mail/${user}`, ...['tmp', 'new', 'cur'].map((part) => `mail/${user}/${part}`)])]) {
    const at = join(folder, one);
    mkdirSync(at, { recursive: true });
    chmodSync(at, 0o755);
    if (root && one.startsWith('mail')) chownSync(at, owner, group);
  }
  const [port, tls_port] = [await free_port(), await free_port()];
  const [certificate, key, log] = [join(folder, 'cert.pem'), join(folder, 'key.pem'), join(folder, 'dovecot.log')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'users'), users.map((user) => `${user}:pass phrase of ${user}\n`).join(''));
  chmodSync(join(folder, 'users'), 0o644);
  const file = join(folder, 'dovecot.conf');
  writeFileSync(file, `base_dir = ${folder}/run
log_path = ${log}
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${certificate}
ssl_key = <${key}
default_internal_user = ${user_name}
default_internal_group = ${group_name}
default_login_user = ${user_name}
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${folder}/users
}
userdb {
  driver = static
  args = uid=${owner} gid=${group} home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tls_port}
    ssl = yes
  }
}
service anvil {
  chroot =
}
`);
  let server;
  const start = async () => {
    server = spawn(kDovecot, ['-F', '-c', file], { stdio: 'ignore' });
    await until('Dovecot listens', 20, () => {
      if (server.exitCode !== null) throw new Error(`Dovecot ended: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''}`);
      return new Promise((done) => {
        const probe = createConnection(tls_port, '127.0.0.1', () => { probe.destroy(); done(true); });
        probe.on('error', () => done(false));
      });
    });
  };
  const stop = () => new Promise((done) => { if (!server || server.exitCode !== null || server.signalCode !== null) done(); else { server.once('exit', done); server.kill('SIGTERM'); } });
  let count = 0;
  const deliver = (user, message) => {
    const name = `${Date.now()}.M${process.pid}Q${++count}.test`;
    const [from, to] = [join(folder, 'mail', user, 'tmp', name), join(folder, 'mail', user, 'new', name)];
    writeFileSync(from, message);
    if (root) chownSync(from, owner, group);
    renameSync(from, to);
  };
  // As after a repair: every message gets a new number, under another UIDVALIDITY.
  const number_anew = (user) => { for (const one of ['dovecot-uidlist', 'dovecot-uidvalidity', 'dovecot.index', 'dovecot.index.cache', 'dovecot.index.log']) rmSync(join(folder, 'mail', user, one), { force: true }); };
  await start();
  return { port, tls_port, certificate, deliver, number_anew, start, stop, log: () => readFileSync(log, 'utf8') };
}

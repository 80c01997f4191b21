// A real LDAP directory: OpenLDAP's slapd, with TLS under a certificate of its own, people, and groups that people know of
// (memberOf).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { free_port } from './vedette.mjs';
import { until } from './wait.mjs';

const kSlapd = '/usr/sbin/slapd';
export const directory_is_there = () => [kSlapd, '/usr/bin/ldapadd'].every(existsSync);
export const kBase = 'dc=example,dc=org';
const kManager = `cn=manager,${kBase}`;

const person = (uid, cn, ou = 'people') => `dn: uid=${uid},ou=${ou},${kBase}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${cn}
sn: ${uid}
userPassword: pass phrase of ${uid}
`;
const group = (cn, ...members) => `dn: cn=${cn},ou=groups,${kBase}
objectClass: groupOfNames
cn: ${cn}
${members.map((m) => `member: uid=${m},ou=people,${kBase}`).join('\n')}
`;
const unit = (ou) => `dn: ou=${ou},${kBase}\nobjectClass: organizationalUnit\nou: ${ou}\n`;

export async function directory(folder) {
  mkdirSync(join(folder, 'db'), { recursive: true });
  const [port, tls_port] = [await free_port(), await free_port()];
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  const file = join(folder, 'slapd.conf');
  writeFileSync(file, `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${folder}/slapd.pid
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
require authc
database mdb
maxsize 16777216
suffix "${kBase}"
rootdn "${kManager}"
rootpw manage
directory ${folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
overlay memberof
`);
  let server;
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tls_port}/`;
  const start = async () => {
    server = spawn(kSlapd, ['-f', file, '-h', urls, '-d', '0'], { stdio: 'ignore' });
    await until('slapd listens', 20, () => new Promise((done) => {
      const probe = createConnection(tls_port, '127.0.0.1', () => { probe.destroy(); done(true); });
      probe.on('error', () => done(false));
    }));
  };
  const ended = () => new Promise((done) => { if (!server || server.exitCode !== null || server.signalCode !== null) done(); else { server.once('exit', done); server.kill('SIGTERM'); } });
  await start();
  const change = (tool, ldif, ...more) => execFileSync(tool, ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', kManager, '-w', 'manage', ...more], { input: ldif, stdio: ['pipe', 'ignore', 'inherit'] });
  change('ldapadd', [`dn: ${kBase}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`, unit('people'), unit('groups'), unit('twins'),
    person('reader', 'Service account'), person('mai', 'Mai (SOC)'), person('lan', 'Lan'), person('khach', 'Guest'), person('root', 'Another root'), person('doi', 'Twin'), person('doi', 'Twin', 'twins'),
    group('SOC Leads', 'lan'), group('soc', 'mai', 'lan', 'root', 'doi'), group('staff', 'khach')].join('\n'));
  return { port, tls_port, certificate, bind_dn: `uid=reader,ou=people,${kBase}`, bind_password: 'pass phrase of reader', change, start, stop: ended };
}

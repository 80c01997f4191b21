// Signing in with the password of a real directory: StartTLS and LDAPS, roles by group, names that try to be filters, a
// certificate that nobody knows, and a directory that is away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directory, directory_is_there, kBase } from './lib/directory.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check } from './lib/wait.mjs';

if (!directory_is_there()) {
  console.log('not run here: slapd and ldap-utils are not installed');
  process.exit(77);
}
const folder = mkdtempSync(join(tmpdir(), 'vedette-ldap-'));
let vedette, ldap;
let failed = false;
try {
  ldap = await directory(join(folder, 'ldap'));
  process.env.VEDETTE_TEST_BIND_PASSWORD = ldap.bind_password;
  const settings = (more) => `chromium = "none"
[accounts]
second_factor = "optional"
sign_in_attempts = 1000
[ldap]
bind_dn = "${ldap.bind_dn}"
bind_password = "env:VEDETTE_TEST_BIND_PASSWORD"
base_dn = "${kBase}"
roles = ["cn=soc leads,ou=groups,DC=example,dc=org=lead", "cn=soc, ou=groups, ${kBase}=analyst"]
create_accounts = true
${more}`;
  const start = async (more) => {
    await vedette?.stop();
    vedette = new Vedette(folder, await free_port(), settings(more));
    vedette.start();
    await vedette.ready();
  };
  const sign_in = async (username, password) => {
    const answer = await fetch(`${vedette.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: vedette.url }, body: JSON.stringify({ username, password }) });
    return { status: answer.status, body: await answer.json() };
  };
  const own = (name) => `pass phrase of ${name}`;

  await start(`url = "ldaps://127.0.0.1:${ldap.tls_port}"\nca_file = "${ldap.certificate}"`);
  await vedette.set_up();
  const mai = await sign_in('Mai', own('mai'));
  check(mai.status === 200 && mai.body.user.role === 'analyst' && mai.body.user.display_name === 'Mai (SOC)', 'LDAPS: an analyst by group, with an account of her own');
  check(mai.body.user.provider === 'ldap' && mai.body.user.password === false, 'the account has no password here');
  check((await sign_in('lan', own('lan'))).body.user?.role === 'lead', 'of two groups the first in the list gives the role');
  check((await sign_in('mai', 'wrong')).status === 401, 'a wrong password');
  check((await sign_in('nobody', 'wrong')).status === 401, 'a name that the directory does not know');
  for (const name of ['*', 'm*', 'mai)(uid=*', 'mai\\', '*)(objectClass=*']) check((await sign_in(name, own('mai'))).status === 401, `no way in as ${name}`);
  const guest = await sign_in('khach', own('khach'));
  check(guest.status === 403 && /none of your groups/.test(guest.body.detail), `without a role: ${guest.body.detail}`);
  check((await sign_in('root', own('root'))).status === 401, "an account with a password here is not the directory's");
  check((await sign_in('root', 'correct horse battery')).status === 200, 'and goes on with its own');
  const twin = await sign_in('doi', own('doi'));
  check(twin.status === 503, `a name that two people have: ${twin.body.detail}`);

  ldap.change('ldapmodify', `dn: cn=soc,ou=groups,${kBase}\nchangetype: modify\ndelete: member\nmember: uid=mai,ou=people,${kBase}\n`);
  check((await sign_in('mai', own('mai'))).status === 403, 'out of the group, out of Vedette');

  await start(`url = "ldap://127.0.0.1:${ldap.port}"\nca_file = "${ldap.certificate}"\ngroup_filter = "(&(objectClass=groupOfNames)(member={dn}))"`);
  check((await sign_in('lan', own('lan'))).body.user?.role === 'lead', 'StartTLS, and groups by a search');

  await start(`url = "ldap://127.0.0.1:${ldap.port}"`);
  check((await sign_in('lan', own('lan'))).status === 503, 'a certificate that nobody knows: no password is sent');
  check(/StartTLS|TLS/.test(vedette.tail(40)), 'the log says why');

  await start(`url = "ldaps://127.0.0.1:${ldap.tls_port}"\nca_file = "${ldap.certificate}"`);
  await ldap.stop();
  const away = await sign_in('lan', own('lan'));
  check(away.status === 503 && /does not answer/.test(away.body.detail), `the directory is away: ${away.body.detail}`);
  check((await sign_in('root', 'correct horse battery')).status === 200, 'an own password works all the same');
  await ldap.start();
  check((await sign_in('lan', own('lan'))).status === 200, 'back again');

  vedette.use_local_token();
  const audit = await vedette.all('/audit');
  check(audit.some((row) => row.action === 'session.refused' && row.actor === 'ldap') && audit.some((row) => row.action === 'user.link'), 'links and refusals are in the audit log');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail());
} finally {
  if (vedette) await vedette.stop();
  await ldap?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

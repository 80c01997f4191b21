// A real OpenID Connect provider (oidc-provider, certified by the OpenID Foundation), with people and groups of its own and a
// page to sign in on. Its issuer is on localhost, ours on 127.0.0.1: another site to the browser, as in life.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const kPeople = {
  mai: { name: 'Trần Thị Mai', groups: ['soc-analysts'] },
  lan: { name: 'Lê Lan', groups: ['soc-leads', 'staff'] },
  khach: { name: 'Khách', groups: ['staff'] },
  root: { name: 'Another root', groups: ['soc-leads'] },
};

export function signing_key(kind) {
  const { privateKey } = kind === 'EC' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: kind === 'EC' ? 'ES256' : 'RS256' };
}

// `person` with ".mfa" signs in with a second factor.
function login_page(uid) {
  return `<!doctype html><html lang="en"><title>Provider</title><form method="post" action="/interaction/${uid}">
<label>Login <input name="login" autofocus></label><button>Enter</button><button name="cancel" value="1" formnovalidate>Cancel</button></form></html>`;
}

export async function identity_provider({ port, redirect, key }) {
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'vedette', client_secret: 'a secret of & two', redirect_uris: [redirect], id_token_signed_response_alg: key.alg }],
    pkce: { required: () => true, methods: ['S256'] },
    jwks: { keys: [key] },
    // As the standard has it: with a code, the claims of a scope come from the user-info endpoint.
    claims: { openid: ['sub', 'amr'], profile: ['name', 'preferred_username', 'groups'], email: ['email'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['of this test'] },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.slice(4), ...kPeople[id.slice(4)] }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url.split('?')[0]}`);
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(login_page(request.url.split('/')[2]));
    let body = '';
    request.on('data', (bytes) => { body += bytes; });
    request.on('end', async () => {
      try {
        const form = new URLSearchParams(body);
        const [person, factor] = (form.get('login') ?? '').split('.');
        const result = form.has('cancel') || !kPeople[person]
          ? { error: 'access_denied', error_description: 'End-User aborted interaction' }
          : { login: { accountId: `sub-${person}`, amr: factor ? ['pwd', factor] : ['pwd'] } };
        await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      } catch (error) { response.statusCode = 500; response.end(String(error)); }
    });
  });
  await new Promise((done, failed) => { server.listen(port, '127.0.0.1', done); server.on('error', failed); });
  return { issuer, seen, close: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

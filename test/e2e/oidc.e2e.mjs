// Signing in through a real OpenID Connect provider, in a real browser: a new account with the role of its group, refusals in
// both languages, second factors of either side, a provider that changes its key, and one that is away.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity_provider, signing_key } from './lib/identity_provider.mjs';
import { totp } from './lib/totp.mjs';
import { Vedette, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';

const chromium_path = process.env.CHROMIUM ?? '/usr/bin/chromium';
const of_console = createRequire(new URL('../../console/package.json', import.meta.url));
if (!existsSync(chromium_path) || !existsSync(new URL('../../console/node_modules/playwright-core', import.meta.url))) {
  console.log('not run here: chromium or the packages of the console are not installed');
  process.exit(77);
}
const { chromium } = of_console('playwright-core');
const axe = readFileSync(of_console.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = new URL('../../build/screenshots/oidc/', import.meta.url).pathname;
mkdirSync(pictures, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), 'vedette-oidc-'));
let vedette, provider, browser;
let failed = false;
try {
  const [port, provider_port] = [await free_port(), await free_port()];
  const redirect = `http://127.0.0.1:${port}/signin/oidc/callback`;
  provider = await identity_provider({ port: provider_port, redirect, key: signing_key('RSA') });
  process.env.VEDETTE_TEST_CLIENT_SECRET = 'a secret of & two';
  vedette = new Vedette(folder, port, `chromium = "none"
[accounts]
second_factor_grace_hours = 0
[oidc]
issuer = "${provider.issuer}"
label = "SSO của đơn vị"
client_id = "vedette"
client_secret = "env:VEDETTE_TEST_CLIENT_SECRET"
roles = ["soc-leads=lead", "soc-analysts=analyst"]
create_accounts = true
second_factor = ["otp"]`);
  vedette.start();
  await vedette.ready();
  const made = await vedette.first_administrator();
  browser = await chromium.launch({ executablePath: chromium_path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });

  const fresh = async (locale, options = {}) => {
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(60_000);
    return context.newPage();
  };
  const look = async (page, name) => {
    await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    check(serious.length === 0, `${name}: no serious violation of accessibility${serious.map((v) => ` ${v.id}: ${v.nodes.map((n) => n.any.map((a) => a.message).join() + n.html).join("; ")}`)}`);
  };
  const through = async (page, login) => {
    await page.goto(vedette.url);
    await page.locator('a.provider').click();
    await page.locator('[name=login]').fill(login);
    await page.locator('button').first().click();
  };
  const who = (page) => page.evaluate(async () => (await (await fetch('/api/v1/session')).json()).user);
  const alert_of = async (page) => (await page.getByRole('alert').textContent()).trim();

  // A new account, with the role of its group, from claims that only the user-info endpoint has.
  const mai = await fresh('vi-VN', { colorScheme: 'dark' });
  await mai.goto(vedette.url);
  await mai.locator('a.provider').waitFor();
  await look(mai, 'sign-in-vi-dark');
  await mai.setViewportSize({ width: 360, height: 740 });
  check(await mai.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'nothing sticks out at 360 px');
  await look(mai, 'sign-in-vi-phone');
  await mai.setViewportSize({ width: 1280, height: 860 });
  await through(mai, 'mai');
  await mai.locator('nav').first().waitFor();
  const user = await who(mai);
  check(user.username === 'mai' && user.role === 'analyst' && user.display_name === 'Trần Thị Mai', 'signed in as a new analyst');
  check(user.provider === 'oidc' && user.password === false, 'the account knows its provider and has no password');
  check(provider.seen.includes('GET /me'), 'the groups came from the user-info endpoint');
  await mai.goto(`${vedette.url}/settings/account`);
  await mai.getByText('Bạn đăng nhập qua nhà cung cấp danh tính').waitFor();
  await look(mai, 'account-vi-dark');
  const by_password = await fetch(`${vedette.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: vedette.url }, body: JSON.stringify({ username: 'mai', password: '-' }) });
  check(by_password.status === 401, 'no password opens that account');

  // Refusals say what to do, in the reader's language.
  for (const [locale, none, denied] of [['en-GB', /None of your groups/, /did not let you in/], ['vi-VN', /Không nhóm nào/, /không cho bạn vào/]]) {
    const page = await fresh(locale, { colorScheme: 'light' });
    await page.goto(vedette.url);
    await page.locator('a.provider').waitFor();
    await look(page, `sign-in-${locale.slice(0, 2)}-light`);
    await through(page, 'khach');
    check(none.test(await alert_of(page)), `${locale}: no role for this group`);
    await look(page, `no-role-${locale.slice(0, 2)}`);
    const other = await fresh(locale, { colorScheme: 'dark' });
    await other.goto(`${vedette.url}/signin`);
    await other.locator('a.call').click();
    await other.getByRole('button', { name: 'Cancel' }).click();
    check(denied.test(await alert_of(other)), `${locale}: called off at the provider`);
    await look(other, `denied-${locale.slice(0, 2)}-dark`);
    await page.context().close();
    await other.context().close();
  }
  const same_name = await fresh('en-GB');
  await through(same_name, 'root');
  check(/already that is not yours/.test(await alert_of(same_name)), 'the account of the same name is not given away');

  // A callback that this browser did not begin, and one that is played again.
  for (const path of ['?code=x&state=y', '', '?error=access_denied&state=']) {
    const answer = await fetch(`${redirect}${path}`, { redirect: 'manual' });
    check(answer.status === 400 && !answer.headers.get('set-cookie')?.includes('__Host-vedette='), `a foreign callback opens nothing: ${path}`);
  }
  let callback = '';
  same_name.on('request', (request) => { if (request.url().startsWith(redirect)) callback = request.url(); });
  await same_name.context().clearCookies();
  await through(same_name, 'mai');
  await same_name.locator('nav').first().waitFor();
  const again = await same_name.goto(callback);
  check(again.status() === 400, 'the answer of the provider works once');

  // A lead needs a second factor: Vedette's own, or the provider's.
  const lan = await fresh('vi-VN', { colorScheme: 'dark' });
  await through(lan, 'lan');
  await lan.getByRole('heading', { level: 1 }).waitFor();
  await lan.locator('button.primary').click();
  await lan.locator('svg.qr').waitFor();
  await lan.locator('summary').click();
  const secret = (await lan.locator('details code').textContent()).replaceAll(' ', '');
  const first_code = totp(secret);
  await lan.locator('[name=code]').fill(first_code);
  await lan.keyboard.press('Enter');
  await lan.locator('pre').waitFor();
  check((await lan.locator('pre').textContent()).split('\n').length === 10, 'set up without a password, after a fresh sign-in');
  await lan.context().clearCookies();
  await through(lan, 'lan');
  await lan.locator('[name=code]').waitFor();
  await look(lan, 'code-vi-dark');
  check((await lan.evaluate(async () => (await fetch('/api/v1/session')).status)) === 401, 'not in before the code');
  await lan.locator('[name=code]').fill('000000');
  await lan.keyboard.press('Enter');
  await lan.getByRole('alert').waitFor();
  await lan.locator('[name=code]').fill(await until('the next code', 60, () => (totp(secret) === first_code ? '' : totp(secret)), 500));
  await lan.keyboard.press('Enter');
  await lan.locator('nav').first().waitFor();
  check((await who(lan)).role === 'lead', 'in with provider and code');
  await lan.context().clearCookies();
  await through(lan, 'lan.otp');
  await lan.locator('nav').first().waitFor();
  check((await lan.evaluate(async () => (await (await fetch('/api/v1/session')).json()).second_factor_needed)) === false, "the provider's second factor is enough");

  // Another key, of another kind: fetched because the token names it.
  await provider.close();
  provider = await identity_provider({ port: provider_port, redirect, key: signing_key('EC') });
  const anew = await fresh('en-GB');
  await through(anew, 'mai');
  await anew.locator('nav').first().waitFor();
  check((await who(anew)).username === 'mai' && provider.seen.includes('GET /jwks'), 'a new key of the provider (ES256) is taken');

  await provider.close();
  const code = await fetch(`${redirect}?code=x&state=y`);
  check(code.status === 400, 'still no way in');
  const away = await fresh('en-GB');
  await away.goto(vedette.url);
  await away.locator('[name=username]').fill('root');
  await away.locator('[name=password]').fill(made.password);
  await away.keyboard.press('Enter');
  await away.getByRole('heading', { level: 1 }).waitFor();
  await until('the password works without the provider', 30, async () => (await away.evaluate(async () => (await fetch('/api/v1/session')).status)) === 200);

  vedette.use_local_token();
  const audit = await vedette.all('/audit');
  for (const action of ['user.link', 'session.open', 'session.refused'])
    check(audit.some((row) => row.action === action), `the audit log has ${action}`);
  check(audit.some((row) => row.action === 'session.refused' && row.actor === 'oidc'), 'a refused person of the provider is in the audit log');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail());
} finally {
  await browser?.close();
  if (vedette) await vedette.stop();
  await provider?.close().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

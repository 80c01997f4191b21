// Escalation policies: the default one as a ladder of channels in Settings, changed to call the person on duty, tried in the
// simulator before it is saved, refused at the field that is wrong; and Settings, which then leads here.
import assert from 'node:assert/strict';
import { call, expected, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();

async function roster() {
  const found = (await get('/rosters')).items[0];
  if (found) return found;
  const person = (await call('POST', '/people', { name: 'Lê Văn An', contacts: [{ channel_id: (await get('/channels')).items[0].id }] })).json;
  const layer = { start: '2026-01-05T07:00', turn_minutes: 10_080, members: [person.id] };
  return (await call('POST', '/rosters', { name: 'Trực ban', tiers: [{ id: 'first', name: 'Trực chính', layers: [layer] }] })).json;
}
export async function look_at_policies() {
  const { name, tiers } = await roster();
  await open('/settings/ladder');
  await page.locator('form').waitFor();
  await open('/policies');
  await page.locator('h2 a').first().click();
  await page.locator('section ol li').first().waitFor();
  await seen('policy');
  const before = (await get('/escalation-policies/default')).version;
  await page.keyboard.press('e');
  await page.locator('form').waitFor();
  // A step without anybody is refused where it stands.
  await button('Thêm bước').click();
  expected.errors++;
  await page.keyboard.press('Control+Enter');
  await page.locator('form .wrong').first().waitFor();
  await seen('policy-refused');
  expected.errors--;
  const second = page.locator('form > ol > li').last();
  await second.locator('select').selectOption({ label: `${name}: ${tiers[0].name}` });
  await button('02:10 đêm nay').click();
  const simulated = page.getByRole('region', { name: 'Diễn tập' });
  await until('the simulator names a person', async () => (await simulated.locator('li').last().locator('.who strong').count()) > 0);
  assert.match(await simulated.locator('li').first().textContent(), /02:10/);
  await seen('policy-simulated');
  await page.keyboard.press('Control+Enter');
  await until('a version more', async () => (await get('/escalation-policies/default')).version === before + 1);
  await page.locator('form').waitFor({ state: 'detached' });
  await seen('policy-saved');
  // The ladder of Settings cannot show people on duty: it says so and leads to the policy.
  await open('/settings/ladder');
  await page.getByRole('link', { name: 'Mở quy trình mặc định' }).waitFor();
  assert.equal(await page.locator('main form').count(), 0, 'no ladder is shown that is not the truth');
  await seen('ladder-beyond');
  await open('/policies/new');
  await page.locator('form [name=name]').fill('Cảnh báo nhật ký');
  await page.locator('form label', { hasText: 'Canh nhật ký' }).locator('input').check();
  await page.locator('form > ol select').first().selectOption({ label: `${name}: ${tiers[0].name}` });
  await page.keyboard.press('Control+Enter');
  await until('the new policy is shown', () => /^\/policies\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  await open('/policies');
  await until('two policies', async () => (await page.locator('main h2').count()) === 2);
  await seen('policies');
  say('policies: refused at the field, simulated, saved as a version; Settings leads to what it cannot show');
}

// Advisories: a file is read and shown before it is added, what cannot be used is named, what was stored before is found,
// and one is withdrawn.
import assert from 'node:assert/strict';
import { get, open, page, say, seen, until } from './browser.mjs';

const kBundle = JSON.stringify({
  type: 'bundle', id: 'bundle--5d0092c5-5f74-4287-9642-33f4c354e56d', objects: [
    { type: 'report', id: 'report--1', name: 'Chiến dịch nhằm vào cổng thông tin' },
    { type: 'indicator', id: 'indicator--1', pattern_type: 'stix', valid_from: '2026-01-01T00:00:00Z', pattern: "[ipv4-addr:value = '203.0.113.7' OR domain-name:value = 'evil.example']" },
    { type: 'indicator', id: 'indicator--2', pattern_type: 'yara', valid_from: '2026-01-01T00:00:00Z', pattern: 'rule x { condition: true }' },
  ],
});

export async function look_at_advisories() {
  await open('/advisories');
  await page.locator('h2').first().waitFor();
  await seen('advisories-empty');
  await page.keyboard.press('n');
  await page.locator('dialog form').waitFor();
  await page.locator('dialog input[type=file]').setInputFiles({ name: 'bundle.json', mimeType: 'application/json', buffer: Buffer.from(kBundle) });
  await page.locator('dialog details summary').click();
  await seen('advisory-new');
  assert.equal(await page.locator('dialog [name=title]').inputValue(), 'Chiến dịch nhằm vào cổng thông tin');
  await page.locator('dialog [name=authority]').fill('Cục An toàn thông tin');
  await page.locator('dialog [name=reference]').fill('15/CB-CATTT');
  await page.locator('dialog .primary').click();
  await until('the advisory is shown', () => /^\/advisories\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const logs = (await get('/health/detail')).watches.find((watch) => watch.watch === 'logs');
  if (logs && logs.state !== 'off') {
    await until('stored events were searched', async () => (await get(`/advisories/${id}`)).look_back.state === 'done');
    await until('and the page says so', async () => /Đã xem/.test(await page.locator('[role=status]').first().textContent()));
  }
  await seen('advisory-added');
  await page.getByRole('button', { name: 'Rút khuyến cáo' }).first().click();
  await page.locator('dialog textarea').fill('Bản sửa đổi 16/CB-CATTT thay thế.');
  await seen('advisory-withdraw');
  await page.locator('dialog .danger').click();
  await until('withdrawn', async () => (await get(`/advisories/${id}`)).state === 'withdrawn');
  await page.locator('dialog').waitFor({ state: 'detached' });
  say('advisories: read before it is added, looked back for, withdrawn');
  return id;
}
export const advisory_screens = (id) => [['/advisories', 'advisories'], [`/advisories/${id}`, 'advisory']];

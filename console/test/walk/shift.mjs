// The first page: the soonest alert taken by keyboard and found in one's own queue; the phone page without JavaScript does the
// same; the figures count what was done.
import assert from 'node:assert/strict';
import { base, call, get, open, page, say, seen, until, without_scripts } from './browser.mjs';

export async function look_at_shift() {
  const found = await get('/alerts?state=new&order=soonest&snoozed=false&limit=2');
  await open('/');
  await page.locator('main h2').first().waitFor();
  await seen('shift');
  if (found.items.length > 0) {
    const id = found.items[0].id;
    await page.keyboard.press('j');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.alert), id, 'the soonest step comes first');
    await page.keyboard.press('a');
    await until('it is taken', async () => (await get(`/alerts/${id}`)).state === 'acknowledged');
    await page.locator('section', { hasText: 'Việc tôi đã nhận' }).locator(`[data-alert="${id}"]`).waitFor();
    await seen('shift-taken');
    await call('POST', `/alerts/${id}/unacknowledge`);
    await phone(id);
    await call('POST', `/alerts/${id}/unacknowledge`);
  }
  await open('/performance');
  await page.locator('main h2').first().waitFor();
  await seen('performance');
  say('shift: the soonest alert taken by keyboard, and by phone without JavaScript; the figures are shown');
}
async function phone(id) {
  await without_scripts(async (plain) => {
    await plain.goto(`${base}/phone`);
    await plain.locator('h1').waitFor();
    const button = plain.locator('li', { has: plain.locator(`a[href="/alerts/${id}"]`) }).getByRole('button');
    await button.click();
    await button.waitFor({ state: 'detached' });  // it is answered
  });
  assert.equal((await get(`/alerts/${id}`)).state, 'acknowledged');
}

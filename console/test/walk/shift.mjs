// The first page: the alert whose next step is the soonest is taken by keyboard and found in one's own queue.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';

export async function look_at_shift() {
  const found = await get('/alerts?state=new&snoozed=false&limit=200');
  const soonest = found.items.filter((one) => one.next_step_at).sort((a, b) => Date.parse(a.next_step_at) - Date.parse(b.next_step_at))[0];
  await open('/');
  await page.locator('main h2').first().waitFor();
  await seen('shift');
  if (soonest) {
    const { id } = soonest;
    await page.keyboard.press('j');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.alert), id, 'the soonest step comes first');
    await page.keyboard.press('a');
    await until('it is taken', async () => (await get(`/alerts/${id}`)).state === 'acknowledged');
    await page.locator('section', { hasText: 'Việc tôi đã nhận' }).locator(`[data-alert="${id}"]`).waitFor();
    await seen('shift-taken');
    await call('POST', `/alerts/${id}/unacknowledge`);
  }
  say('shift: the alert with the soonest step taken by keyboard');
}

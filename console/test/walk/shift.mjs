// The first page: the soonest alert taken by keyboard and found in one's own queue; the phone page without JavaScript does the
// same; the figures count what was done.
import assert from 'node:assert/strict';
import { base, call, expected, get, open, page, say, seen, shot, until, without_scripts } from './browser.mjs';

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
  await wall();
  await open('/performance');
  await page.locator('main h2').first().waitFor();
  await seen('performance');
  say('shift: the soonest alert taken by keyboard, and by phone without JavaScript; the wall at two sizes; the figures are shown');
}
// On the wall: everything on one screen, at both common sizes, and as large on both; a stream that is cut is said at once.
async function wall() {
  const sizes = [];
  for (const [width, height] of [[1920, 1080], [3840, 2160]]) {
    await page.setViewportSize({ width, height });
    await open('/wall');
    await page.locator('.counts strong').first().waitFor();
    await seen(`wall-${height}`);
    assert.equal(await page.locator('nav').count(), 0, 'no navigation on the wall');
    const over = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
    assert.ok(over.every((px) => px <= 0), `the wall fits on ${width} × ${height}: ${over}`);
    sizes.push(await page.locator('.counts strong').first().evaluate((e) => parseFloat(getComputedStyle(e).fontSize) / innerHeight));
  }
  assert.ok(Math.abs(sizes[0] / sizes[1] - 1) < 0.02, `as large on both screens: ${sizes}`);
  expected.errors++;
  await page.route('**/api/v1/stream', (route) => route.abort());
  await page.reload();
  await page.getByRole('alert').waitFor();
  await shot('wall-stale');
  await page.unroute('**/api/v1/stream');
  await page.reload();
  await page.locator('.well').waitFor();
  expected.errors--;
  await page.keyboard.press('Escape');
  await page.locator('nav').first().waitFor();
  await page.setViewportSize({ width: 1440, height: 900 });
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

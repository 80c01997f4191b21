// Every triage action, with the keyboard alone.
import assert from 'node:assert/strict';
import { base, get, page, say, seen, settled, until } from './browser.mjs';

const active = () => page.locator('.row.active');
const row_number = async () => Number(await active().getAttribute('aria-rowindex'));
const goes_to = (what, path) => until(what, () => new URL(page.url()).pathname === path);

export async function triage_by_keyboard() {
  await page.goto(`${base}/alerts`);
  await page.locator('[role=grid] .row .title').nth(1).waitFor();
  await active().locator('a.title').waitFor();
  const id = (await active().locator('a.title').getAttribute('href')).split('/').pop();
  const becomes = (what, test) => until(what, async () => test(await get(`/alerts/${id}`)), undefined, async () => {
    const { title, state, resolution, snoozed_until, merged_into, timeline } = await get(`/alerts/${id}`);
    return JSON.stringify({ title, state, resolution, snoozed_until, merged_into, timeline: timeline?.slice(-6) });
  });
  await seen('triage');

  const start = await row_number();
  await page.keyboard.press('j');
  assert.equal(await row_number(), start + 1, 'J moves down');
  await page.keyboard.press('k');
  assert.equal(await row_number(), start, 'K moves up');
  await page.keyboard.press('End');
  assert.ok(await row_number() > start, 'End goes to the last row');
  await page.keyboard.press('Home');
  assert.equal(await row_number(), start, 'Home goes to the first row');

  await page.keyboard.press('a');
  await becomes('A acknowledges', (a) => a.state === 'acknowledged');
  await page.keyboard.press('u');
  await becomes('U gives back', (a) => a.state === 'new');
  await page.keyboard.press('s');
  await page.locator('dialog').waitFor();
  await seen('triage-snooze');
  await page.keyboard.press('2');
  await becomes('S snoozes', (a) => a.snoozed_until !== null);
  await page.keyboard.press('u');
  await becomes('U wakes', (a) => !a.snoozed_until);
  await page.keyboard.press('f');
  await page.locator('dialog input').waitFor();
  await page.keyboard.type('Thay đổi theo kế hoạch');
  await seen('triage-false-positive');
  await page.keyboard.press('Enter');
  await becomes('F closes as a false positive', (a) => a.state === 'closed' && a.resolution === 'false_positive');
  await page.keyboard.press('u');
  await becomes('U reopens', (a) => a.state === 'new');
  await page.keyboard.press('c');
  await page.locator('dialog [name=resolution]').first().waitFor();
  await seen('triage-close');
  await page.keyboard.press('Enter');
  await becomes('C closes with a conclusion', (a) => a.state === 'closed' && a.resolution === 'true_positive');
  await page.keyboard.press('u');
  await becomes('U reopens again', (a) => a.state === 'new');
  await page.keyboard.press('m');
  await page.locator('dialog [role=option]').first().waitFor();
  await seen('triage-merge');
  await page.keyboard.press('Enter');
  await becomes('M merges', (a) => Boolean(a.merged_into));
  await page.keyboard.press('u');
  await becomes('U takes apart', (a) => !a.merged_into && a.state === 'new');

  await page.keyboard.press('x');
  await page.locator('.marks').waitFor();
  await page.keyboard.press('Shift+j');
  await until('Shift+J marks the next one too', async () => (await page.locator('.row.marked').count()) === 2);
  await seen('triage-marked');
  await page.keyboard.press('Escape');
  await page.locator('.marks').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search', '/ goes to the search field');
  await page.keyboard.press('Escape');
  await page.locator('[aria-sort] button').last().click();
  await until('the head of the table changes the order', () => new URL(page.url()).searchParams.get('order') === 'newest');
  await page.locator('[aria-sort] button').first().click();
  await until('and back', () => !new URL(page.url()).searchParams.has('order'));
  await page.keyboard.press('?');
  await page.locator('dialog').waitFor();
  await seen('help');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });

  await page.keyboard.press('Control+k');
  await page.locator('dialog input').waitFor();
  await page.keyboard.type('tinh trang');
  await seen('palette');
  await page.keyboard.press('Enter');
  await goes_to('the palette opens a page', '/health');
  await page.keyboard.press('Control+k');
  await page.locator('dialog input').waitFor();
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.type('nen sang');
  await page.keyboard.press('Enter');
  await until('the palette runs a command', async () => (await page.evaluate(() => document.documentElement.dataset.theme)) !== before);
  for (const [key, path] of [['s', '/sites'], ['h', '/health'], ['t', '/tour'], ['m', '/mailbox'], ['c', '/settings'], ['d', '/'], ['n', '/rosters'], ['p', '/policies'], ['i', '/performance'], ['a', '/alerts']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await goes_to(`G ${key.toUpperCase()}`, path);
  }
  await active().waitFor();
  await settled();
  const focus = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120));
  await page.keyboard.press('Enter');
  await until(`Enter opens (the focus was on ${focus})`, () => new URL(page.url()).pathname.startsWith('/alerts/'));
  say('every triage action by keyboard');
}

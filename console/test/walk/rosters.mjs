// Rosters by keyboard and pointer: people, a roster previewed and saved, leave, an override, a swap answered, a calendar
// address shown once, and two people who change the same roster at once without losing anything.
import assert from 'node:assert/strict';
import { call, expected, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const in_dialog = (name) => page.locator('dialog').getByRole('button', { name, exact: true });
const no_dialog = () => page.locator('dialog').waitFor({ state: 'detached' });
const kPeople = ['Lê Văn An', 'Vũ Thị Bình', 'Trần Quốc Chi'];

async function add_people() {
  const channel = { name: 'Thư trực ban', kind: 'smtp', settings: { host: '127.0.0.1', port: 2525, tls: 'none', from: 'vedette@vanson.example', to: ['truc@vanson.example'] } };
  assert.equal((await call('POST', '/channels', channel)).status, 201);
  await open('/rosters');
  await page.locator('.empty').waitFor();
  await seen('rosters-empty');
  await page.locator('.empty a').click();
  await page.locator('dialog form').waitFor();
  await seen('person-add');
  for (const [i, name] of kPeople.entries()) {
    if (i > 0) { await page.keyboard.press('n'); await page.locator('dialog form').waitFor(); }
    await page.locator('dialog [name=name]').fill(name);
    await page.locator('dialog [name=unit]').fill('Sở TTTT/Trung tâm dữ liệu');
    await in_dialog('Thêm cách gọi').click();
    await page.locator('dialog .contact select').selectOption({ label: 'Thư trực ban – Thư điện tử (SMTP)' });
    if (i === 0) {
      await page.locator('dialog .contact input').fill('không phải thư');
      expected.errors++;
      await page.keyboard.press('Enter');
      await page.locator('dialog .wrong').waitFor();
      await seen('person-refused');
      expected.errors--;
      await page.locator('dialog .contact input').fill('an@vanson.example');
    }
    await in_dialog('Lưu').click();
    await no_dialog();
  }
  await until('three people are known', async () => (await get('/people')).items.length === 3);
  await seen('people');
}
async function make() {
  await open('/rosters');
  await page.keyboard.press('n');
  await page.locator('[name=name]').waitFor();
  assert.ok(await page.locator('form .foot button.primary').isDisabled(), 'nothing is saved that was not seen');
  await page.locator('[name=name]').fill('Trực ban Trung tâm dữ liệu');
  const members = page.locator('.layer select.add').first();
  for (const name of kPeople.slice(0, 2)) await members.selectOption({ label: name });
  await page.locator('.notice.good').waitFor();
  await seen('roster-new');
  // A second tier that holds only some nights: the preview shows where nobody is.
  await button('Thêm bậc').click();
  await page.locator('.layer select.add').nth(1).selectOption({ label: kPeople[2] });
  await page.locator('.layer').nth(1).getByRole('button', { name: 'Thêm khung giờ' }).click();
  await page.locator('.gap').first().waitFor();
  await seen('roster-preview-gaps');
  await until('the preview is of what is saved', () => page.locator('form .foot button.primary').isEnabled());
  await page.keyboard.press('Control+Enter');
  await until('the roster is shown', () => /^\/rosters\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  await page.locator('.weeks').first().waitFor();
  await seen('roster');
  return new URL(page.url()).pathname.split('/').pop();
}
async function change(id) {
  const people = (await get('/people')).items;
  // Into a day and out again by keyboard, and from there to an override.
  await page.locator('.day[tabindex="0"]').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('dialog li').first().waitFor();
  await seen('roster-day');
  await page.keyboard.press('Escape');
  await no_dialog();
  await page.keyboard.press('o');
  await page.locator('dialog [name=person]').selectOption({ label: `${kPeople[2]} · Sở TTTT/Trung tâm dữ liệu` });
  await seen('override');
  await in_dialog('Lưu').click();
  await no_dialog();
  await until('the override holds', async () => (await get(`/rosters/${id}/overrides`)).items.length === 1);
  await page.keyboard.press('l');
  await page.locator('dialog [name=person]').selectOption(people.find((p) => p.name === kPeople[0]).id);
  await page.locator('dialog [name=reason]').fill('nghỉ phép năm');
  await seen('leave');
  await in_dialog('Lưu').click();
  await no_dialog();
  await page.keyboard.press('s');
  await page.locator('dialog [name=giver]').selectOption(people.find((p) => p.name === kPeople[1]).id);
  await page.locator('dialog [name=taker]').selectOption(people.find((p) => p.name === kPeople[2]).id);
  await page.locator('dialog [name=back]').check();
  await seen('swap');
  await in_dialog('Xin đổi ca').click();
  await no_dialog();
  await seen('roster-changed');
  await button('Đồng ý').click();
  await until('the swap is accepted', async () => (await get(`/rosters/${id}/swaps`)).items[0]?.state === 'accepted');
  await page.keyboard.press('c');
  await in_dialog('Tạo địa chỉ').click();
  const address = await page.locator('dialog code').textContent();
  assert.match(address, /\/calendar\/\S{20,}$/);
  assert.match(await (await fetch(address)).text(), /BEGIN:VCALENDAR/);
  await seen('calendar-once');
  await page.keyboard.press('Escape');
  await no_dialog();
  await page.keyboard.press('c');
  await page.locator('dialog li').first().waitFor();
  assert.ok(!(await page.content()).includes(address.split('/').pop()), 'the address is not shown again');
  await page.keyboard.press('Escape');
  await no_dialog();
}
async function both_at_once(id) {
  await page.keyboard.press('e');
  await page.locator('.layer').first().waitFor();
  await page.locator('[name=name]').fill('Trực ban ngày và đêm');
  await page.locator('form .foot button.primary:enabled').waitFor();
  const now = await get(`/rosters/${id}`);
  const tiers = structuredClone(now.tiers);
  tiers[0].layers[0].turn_minutes = 1440;
  assert.equal((await call('PUT', `/rosters/${id}`, { name: now.name, tiers, revision: now.revision })).status, 200);
  expected.errors++;
  await page.keyboard.press('Control+Enter');
  await page.locator('.notice.warn li').first().waitFor();
  assert.equal(await page.locator('[name=name]').inputValue(), 'Trực ban ngày và đêm', 'what was typed is still there');
  assert.match(await page.locator('.notice.warn').textContent(), /\+ .*mỗi phiên một ngày/, 'what the other did is shown');
  await seen('roster-conflict');
  expected.errors--;
  await button(/^Giữ bản của tôi/).click();
  await page.locator('form .foot button.primary:enabled').waitFor();
  await page.keyboard.press('Control+Enter');
  await until('my version is saved', async () => (await get(`/rosters/${id}`)).name === 'Trực ban ngày và đêm');
}
export async function look_at_rosters() {
  await add_people();
  const id = await make();
  await change(id);
  await both_at_once(id);
  say('rosters: people, a preview saved, leave, override, swap, calendar once, two at once without loss');
  return id;
}

// An incident opened from an alert by key, its facts and roles, a colleague's change that shows by itself, a split and a merge
// that lose nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { call, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const incident_shown = () => until('an incident is shown', () => /^\/incidents\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname) && new URL(page.url()).pathname.split('/').at(-1));

// A playbook's steps become tasks; one is begun and done, one left out with a reason, one given to somebody.
async function look_at_tasks(id) {
  const tasks = () => get(`/incidents/${id}/tasks`).then((list) => list.items);
  await button('Chọn kịch bản').click();
  await page.locator('dialog li').first().waitFor();
  await seen('incident-playbooks');
  await page.locator('dialog li', { hasText: 'Mã độc tống tiền' }).getByRole('button').click();
  const made = await until('the tasks', async () => { const all = await tasks(); return all.length > 5 && all; });
  await page.locator('.tasks li').first().waitFor();
  const row = (task) => page.locator('.tasks li', { hasText: task.title });
  await row(made[0]).locator('input[type="checkbox"]').check();
  await until('a task done', async () => (await tasks()).find((t) => t.id === made[0].id).state === 'done');
  await row(made[1]).getByRole('button', { name: 'Bỏ qua' }).click();
  await page.locator('dialog input').fill('Máy đã ngắt mạng từ trước');
  await page.locator('dialog .primary').click();
  await until('a task left out', async () => (await tasks()).find((t) => t.id === made[1].id).note === 'Máy đã ngắt mạng từ trước');
  await row(made[2]).locator('select').selectOption({ label: 'Trần Thị Lan' });
  await until('a task given', async () => (await tasks()).find((t) => t.id === made[2].id).assignee);
  await row(made[2]).locator('summary').click();
  await until('the timeline', async () => (await page.locator('.timeline').textContent()).includes('giao cho Trần Thị Lan'));
  await page.locator('.tasks').scrollIntoViewIfNeeded();
  await seen('incident-tasks');
}

// An observable that is pasted defanged, and another incident that has it too.
async function look_at_observables(id) {
  const panel = page.locator('.observables');
  await panel.locator('input[name="value"]').fill('hxxps://evil[.]example/x');
  await panel.locator('input[name="note"]').fill('trong thư');
  await panel.getByRole('button', { name: 'Thêm dấu hiệu' }).click();
  await until('the observable', async () => (await panel.locator('td.mono').allTextContents()).includes('hxxps://evil[.]example/x'));
  const other = (await call('POST', '/incidents', { title: 'Thư lừa đảo khác', severity: 'low' })).json;
  await call('POST', `/incidents/${other.id}/observables`, { type: 'url', value: 'https://evil.example/x' });
  await page.reload();
  await page.locator('.related li', { hasText: 'Thư lừa đảo khác' }).waitFor();
  await page.locator('.observables').scrollIntoViewIfNeeded();
  await seen('incident-observables');
}

// A file in several parts comes in, is looked at byte for byte, and goes out in a bundle; each leaves its trace.
async function look_at_evidence(id) {
  const bytes = Buffer.alloc(2_500_000, 'chứng cứ ');
  const panel = page.locator('.evidence');
  await panel.locator('input[name="evidence-note"]').fill('Lấy từ máy 3');
  await panel.locator('input[type="file"]').setInputFiles({ name: 'thư đòi tiền.bin', mimeType: 'application/octet-stream', buffer: bytes });
  const item = await until('the evidence', async () => (await get(`/incidents/${id}/evidence`)).items[0]);
  assert.equal(item.sha256, createHash('sha256').update(bytes).digest('hex'));
  await panel.locator('article').waitFor();
  const looked = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Tải về xem' }).first().click();
  assert.ok((await readFile(await (await looked).path())).equals(bytes), 'what comes back is what went in');
  const given = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Xuất gói niêm phong' }).click();
  const bundle = await readFile(await (await given).path());
  assert.ok(bundle.subarray(257, 262).toString() === 'ustar' && bundle.length > bytes.length);
  // Whoever gets the bundle checks it without a server, with the key that the page shows; a changed byte is told.
  await panel.getByRole('button', { name: 'Hiện khóa công khai' }).click();
  const { public_key } = await get('/evidence-key');
  await until('the key', async () => (await panel.locator('code').textContent()).includes(public_key));
  const path = `${tmpdir()}/vedette-walk-${process.pid}.tar`;
  const verify = async (written) => {
    await writeFile(path, written);
    return spawnSync(process.env.VEDETTE_BINARY ?? new URL('../../../build/release/vedette', import.meta.url).pathname, ['evidence', 'verify', path, '--key', public_key], { encoding: 'utf8' });
  };
  try {
    const whole = await verify(bundle);
    assert.ok(whole.status === 0 && whole.stdout.includes(item.sha256), whole.stderr);
    const changed = Buffer.from(bundle);
    changed[changed.length - 3_000] ^= 1;
    assert.equal((await verify(changed)).status, 1);
  } finally { await rm(path, { force: true }); }
  await until('the custody', async () => (await get(`/incidents/${id}/evidence`)).items[0].custody.map((c) => c.action).join() === 'taken_in,viewed,exported');
  await panel.locator('article summary').click();
  await panel.scrollIntoViewIfNeeded();
  await seen('incident-evidence');
  say('evidence: taken in in parts, looked at, given out');
}

// Playbooks: each to be read; one goes out as CACAO and comes in again.
async function look_at_playbooks() {
  await open('/playbooks');
  await until('the playbooks', async () => (await page.locator('section.panel').count()) === 7);
  await page.getByRole('region', { name: 'Lộ dữ liệu' }).locator('summary').click();
  await seen('playbooks');
  const cacao = await get('/playbooks/phishing/cacao');
  assert.equal(cacao.spec_version, 'cacao-2.0');
  await page.locator('input[type="file"]').setInputFiles({ name: 'p.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(cacao)) });
  await until('the import', async () => (await page.locator('section.panel').count()) === 8);
  say('playbooks: read, exported as CACAO, imported');
}

export async function look_at_incident_of_alert() {
  // A deadline that has passed is an alert: there is one whatever else is watched.
  const alert = await until('an alert about a deadline', async () => (await get('/alerts?kind=clock_due&limit=1')).items[0]);
  await open(`/alerts/${alert.id}`);
  await page.locator('.headline').waitFor();
  await page.keyboard.press('n');
  await page.locator('dialog form').waitFor();
  const title = await page.locator('dialog input[maxlength="200"]').inputValue();
  assert.ok(title.length > 5, 'the title is there already');
  await seen('incident-from-alert');
  await page.locator('dialog .primary').click();
  const id = await incident_shown();
  assert.deepEqual((await get(`/incidents/${id}`)).alerts, [alert.id]);
  await page.locator(`a[href="/alerts/${alert.id}"]`).waitFor();

  // Facts and a role; the page shows them.
  const person = (await call('POST', '/people', { name: 'Trần Thị Lan', contacts: [] })).json;
  await page.reload();
  await page.locator('dl').waitFor();
  await page.keyboard.press('e');
  await page.locator('dialog input[name="aware_at"]').fill(await page.locator('dialog input[name="detected_at"]').inputValue());
  await page.locator('dialog input[name="beyond_capacity"]').check();
  await page.locator('dialog select[name="commander"]').selectOption(person.id);
  await seen('incident-edit');
  await page.locator('dialog .primary').click();
  await until('the facts', async () => (await get(`/incidents/${id}`)).beyond_capacity && (await page.locator('dl').textContent()).includes('Trần Thị Lan'));

  // Somebody else changes it: it shows without a reload.
  await call('POST', `/incidents/${id}/notes`, { text: 'Ghi chú của đồng nghiệp.' });
  await until('a colleague’s note', async () => (await page.locator('.timeline').textContent()).includes('Ghi chú của đồng nghiệp'), 10);

  // The alert goes into an incident of its own, and comes back by merging.
  await page.locator('section li input[type="checkbox"]').first().check();
  await button('Tách 1 cảnh báo').click();
  await page.locator('dialog input[maxlength="200"]').fill('Phần tách ra');
  await seen('incident-split');
  await page.locator('dialog .primary').click();
  const other = await until('the new incident', async () => { const at = await incident_shown(); return at !== id && at; });
  assert.deepEqual((await get(`/incidents/${other}`)).alerts, [alert.id]);
  assert.deepEqual((await get(`/incidents/${id}`)).alerts, []);
  await page.locator('dl').waitFor();
  await page.keyboard.press('m');
  await page.locator('dialog ul button').first().waitFor();
  await seen('incident-merge');
  await page.locator('dialog ul button', { hasText: title.slice(0, 20) }).click();
  await until('merged', async () => (await get(`/incidents/${other}`)).merged_into === id && new URL(page.url()).pathname.endsWith(id));
  assert.deepEqual((await get(`/incidents/${id}`)).alerts, [alert.id]);
  await look_at_tasks(id);
  await look_at_observables(id);
  await look_at_evidence(id);
  await seen('incident-whole');
  await open(`/alerts/${alert.id}`);
  await page.locator(`a[href="/incidents/${id}"]`).waitFor();
  await seen('alert-of-incident');
  await look_at_playbooks();
  say('incidents: opened from an alert, facts and a role, live, split and merged again');
  return id;
}

// From the first encrypted file to the last one back: a server, an agent enrolled at it over mutual TLS, the policy "hold"
// for one tree, the simulator on that tree; the alert and its file incident in the console (real Chromium), the rollback
// pressed there, and the SHA-256 of every file. Run by test/e2e/file_attack, which mounts the file system for it.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Vedette, binary, free_port } from './lib/vedette.mjs';
import { check, until } from './lib/wait.mjs';

const work = process.env.ATTACK_WORK;
const tree = join(work, 'mount', 'Dùng chung');
const state = join(work, 'agent');
const journal = join(work, 'journal');
const top = new URL('../..', import.meta.url).pathname;
let vedette, agent, simulator, browser;
let failed = false;

function hashes(folder = tree, out = new Map()) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hashes(path, out);
    else if (entry.isFile()) out.set(path, createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return out;
}
const changed = (before, now) => [...before].filter(([path, hash]) => now.get(path) !== hash).map(([path]) => path);
const ended = (child) => child.exitCode !== null || child.signalCode !== null;
async function stop(child, signal, seconds) {
  if (!child || ended(child)) return;
  const gone = new Promise((done) => child.on('exit', done));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await gone;
  clearTimeout(timer);
}

try {
  // Documents of many formats, as people have them.
  execFileSync('python3', ['-B', '-c', 'import sys; sys.path.insert(0, sys.argv[1]); from lab import corpus; corpus.build(sys.argv[2], 4)', join(top, 'bench/files'), tree], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(process.env.SIMULATOR, ['--prepare', tree]);
  const before = hashes();
  check(before.size > 60, `${before.size} documents on a file system of their own`);

  vedette = new Vedette(work, await free_port(), `chromium = "none"\n[agents]\nlisten = "127.0.0.1:${await free_port()}"`);
  vedette.start();
  await vedette.ready(120);
  await vedette.set_up();
  await vedette.api('PUT', '/groups/may-chu-tep', { mode: 'hold', trees: [tree], exclude: [], vault_bytes: 2 ** 28, web_roots: [], web_root_discovery: false });
  const enrolment = await vedette.api('POST', '/enrolments', { group: 'may-chu-tep', note: 'e2e', expires_in_s: 600 });
  execFileSync(binary(), [...enrolment.command.split(' ').slice(1), '--state', state], { stdio: ['ignore', 'ignore', 'inherit'] });
  const log = openSync(join(work, 'agent.log'), 'a');
  agent = spawn(binary(), ['agent', 'run', '--state', state], { stdio: ['ignore', log, log] });
  const host = await until('the agent guards the tree', 120, async () => {
    if (ended(agent)) throw new Error(`the agent ended with ${agent.exitCode}`);
    const found = (await vedette.all('/hosts'))[0];
    return found?.mode === 'hold' && found.trees.some((one) => one.path === tree) && found.sights.every((s) => s.ok || s.what !== 'gate') && found;
  });
  check(host.group === 'may-chu-tep' && host.state === 'ok', `${host.name} is enrolled and guards ${tree}`);

  process.env.BASE_URL = vedette.url;
  const walk = await import(join(top, 'console/test/walk/browser.mjs'));
  browser = walk.browser;
  const { page, problems, seen, shot } = walk;
  await page.goto(vedette.url);
  await page.locator('[name=username]').fill('root');
  await page.locator('[name=password]').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await page.locator('nav').first().waitFor();
  await walk.call('PATCH', '/me', { language: 'vi' });
  await walk.open('/alerts');
  await seen('triage-before');

  writeFileSync(journal, '');
  const began = Date.now();
  simulator = spawn(process.env.SIMULATOR, [tree, '--pattern', 'note', '--how', 'one', '--journal', journal, '--seed', '1'], { stdio: 'ignore' });
  // The page is open; nobody reloads it.
  const alert_link = page.locator('a[href^="/alerts/"]').first();
  await alert_link.waitFor();
  console.log(`  the alert is on the page ${Date.now() - began} ms after the attack began`);
  const alerts = (await vedette.all('/alerts')).filter((a) => a.kind === 'encryption_attack');
  check(alerts.length === 1 && alerts[0].severity === 'critical', 'one alert, critical');
  await seen('triage-attack');
  const at_stop = hashes();
  const lost = changed(before, at_stop);
  check(!ended(simulator) && lost.length > 0 && lost.length < before.size / 4, `the attack is held after ${lost.length} of ${before.size} files`);

  // From the alert to its file incident by one key.
  await page.keyboard.press('i');
  await until('the file incident is open', 60, () => page.url().includes('/file-incidents/'));
  await page.locator('.headline').waitFor();
  const incident = async () => vedette.api('GET', `/file-incidents/${alerts[0].file_incident_id}`);
  await until('it is frozen', 60, async () => (await incident()).frozen);
  await page.locator('p.frozen').waitFor();
  await seen('incident-frozen');
  const told = await incident();
  check(told.executable.endsWith('files_simulator') && told.actor.lineage.length > 1, 'the incident names the program and who started it');
  const names = new Set(told.files.flatMap((f) => [f.path, f.to_path]));
  check(lost.every((path) => names.has(path)), 'and every file it touched');

  // The rollback, as a person presses it.
  await page.keyboard.press('r');
  await page.locator('dialog').waitFor();
  await shot('rollback-asked');
  await page.locator('dialog button.primary').click();
  await page.getByRole('heading', { name: 'Báo cáo khôi phục' }).waitFor();
  await seen('incident-rolled-back');
  const good = (await page.locator('section .good').first().textContent()) ?? '';
  const after = await incident();
  check(after.report.failed === 0 && after.state === 'rolled_back', `the report: ${after.report.restored} files, none failed`);
  check(good.includes(String(after.report.restored)), 'the page says the same');
  const now = hashes();
  check(changed(before, now).length === 0, `the SHA-256 of all ${before.size} files is what it was`);
  const wrong = after.report.files.filter((f) => f.ok && f.sha256 && before.has(f.path) && before.get(f.path) !== f.sha256);
  check(wrong.length === 0, 'the hashes of the report are the true ones');
  const commands = (await vedette.api('GET', `/hosts/${host.id}/commands`)).items;
  check(commands.length === 1 && commands[0].kind === 'rollback' && commands[0].state === 'done' && commands[0].by === 'root', 'one command, done, by whom');
  await until('the alert says that it is over', 30, async () => (await vedette.api('GET', `/alerts/${alerts[0].id}`)).condition_resolved);
  await walk.open(`/hosts/${host.id}`);
  await seen('host-after');
  for (const problem of problems) console.error(`  PROBLEM ${problem}`);
  check(problems.length === 0, 'the pages are sound (axe, the browser\'s log)');
} catch (error) {
  failed = true;
  console.error(error.stack ?? error);
  if (vedette) console.error(vedette.tail(10));
  try { console.error(readFileSync(join(work, 'agent.log'), 'utf8').split('\n').slice(-25).join('\n')); } catch { /* there was no agent yet */ }
} finally {
  await browser?.close();
  // It may be frozen: only what cannot be caught ends it.
  if (simulator && !ended(simulator)) simulator.kill('SIGKILL');
  await stop(agent, 'SIGTERM', 30);
  if (vedette?.process) await vedette.stop();
}
process.exit(failed ? 1 : 0);

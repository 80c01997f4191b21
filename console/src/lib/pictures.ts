import type { Snapshot } from './types';

// Newest first. `after` is the newest picture taken since the trouble began (or at all), `before` the newest accepted
// one that is older.
export function pictures_of(snapshots: Snapshot[], since?: string): { before?: Snapshot; after?: Snapshot } {
  const pictures = snapshots.filter((s) => s.kind === 'screenshot').sort((a, b) => b.at.localeCompare(a.at));
  // A picture belongs to the fetch that raised the alarm: it may be a little older than the alert itself.
  const from = since ? new Date(new Date(since).getTime() - 60_000).toISOString() : '';
  const bad = (s: Snapshot) => !s.approved && s.verdict !== 'ok' && s.verdict !== 'learning';
  const after = pictures.find((s) => s.at >= from && bad(s)) ?? pictures.find((s) => s.at >= from) ?? (since ? undefined : pictures[0]);
  const before = after && pictures.find((s) => s.at < after.at && (s.approved || !bad(s)));
  return { before, after };
}

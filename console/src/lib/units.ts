// The tree of the organisation: what stands in which row, and where the keys lead.
import { api } from './api';
import type { List } from './types';

export interface Unit {
  id: string; revision: number; name: string; code: string; parent: string | null; tlp: string | null; contact: string; policy_id: string | null;
}
export interface AssetUnit { type: 'site' | 'host' | 'service' | 'heartbeat'; id: string; name: string; unit: string }
export interface UnitRow { unit: Unit; level: number; below: number }
export const kRootUnit = 'root';

// None for whom they cannot be read: what is shown with them is there without.
export async function read_units(): Promise<Unit[]> {
  try { return (await api.get<List<Unit>>('/units')).items; } catch { return []; }
}

// The rows of the tree, depth first, without those below a unit that is folded.
export function rows_of(units: Unit[], folded: ReadonlySet<string> = new Set()): UnitRow[] {
  const of = new Map<string | null, Unit[]>();
  for (const unit of units) of.set(unit.parent, [...(of.get(unit.parent) ?? []), unit]);
  const out: UnitRow[] = [];
  const walk = (parent: string | null, level: number) => {
    for (const unit of of.get(parent) ?? []) {
      out.push({ unit, level, below: of.get(unit.id)?.length ?? 0 });
      if (!folded.has(unit.id)) walk(unit.id, level + 1);
    }
  };
  walk(null, 1);
  return out;
}

// Where a unit may hang: nowhere below itself.
export function parents_of(units: Unit[], id: string): UnitRow[] {
  return rows_of(units, new Set([id])).filter((row) => row.unit.id !== id);
}

// The keys of a tree (ARIA): which row comes next, and whether this one is folded or unfolded.
export function step(rows: UnitRow[], at: number, key: string, folded: ReadonlySet<string>): { at: number; fold?: boolean } | null {
  const row = rows[at];
  if (!row) return null;
  const open = row.below > 0 && !folded.has(row.unit.id);
  switch (key) {
    case 'ArrowDown': return { at: Math.min(at + 1, rows.length - 1) };
    case 'ArrowUp': return { at: Math.max(at - 1, 0) };
    case 'Home': return { at: 0 };
    case 'End': return { at: rows.length - 1 };
    case 'ArrowRight': return row.below === 0 ? { at } : open ? { at: at + 1 } : { at, fold: false };
    case 'ArrowLeft': return open ? { at, fold: true } : { at: Math.max(rows.findIndex((one) => one.unit.id === row.unit.parent), 0) };
    default: return null;
  }
}

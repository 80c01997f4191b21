// Handovers between shifts, as the API gives them.
import type { OnCall } from './desk';
import type { Severity } from './types';

export const kItemKinds = ['alert', 'incident', 'task', 'clock', 'directive', 'report', 'channel', 'blind', 'gap', 'more'] as const;
export type ItemKind = (typeof kItemKinds)[number];
export interface HandoverItem { kind: ItemKind; id: string | null; title: string; detail: string; severity: Severity | null; at: string | null }
export interface Handover {
  id: string; roster_id: string | null; roster_name: string; state: 'draft' | 'given' | 'taken' | 'withdrawn'; made_at: string; made_by: string;
  items: HandoverItem[]; notes: string; sha256: string; giver: string | null; given_at: string | null; taker: string | null; taken_at: string | null; remarks: string;
}

const kPages: Partial<Record<ItemKind, string>> = { alert: '/alerts/', incident: '/incidents/', task: '/incidents/', clock: '/incidents/', directive: '/directives/', report: '/reports/', gap: '/rosters/' };
// Where an item is worked on; none: it has no page of its own.
export function page_of(item: HandoverItem): string | undefined {
  const page = kPages[item.kind];
  return page && item.id ? page + item.id : undefined;
}
// The roster whose shift this is: where the person is on duty now, in the earliest tier; else the first there is.
export function roster_on_duty(tables: { id: string; on_call: OnCall[] }[], person: string | undefined): string {
  let found: { id: string; tier: number } | undefined;
  for (const table of tables) {
    const tier = table.on_call.findIndex((one) => person !== undefined && one.now.person === person);
    if (tier >= 0 && (!found || tier < found.tier)) found = { id: table.id, tier };
  }
  return found?.id ?? tables[0]?.id ?? '';
}
export function by_kind(items: HandoverItem[]): [ItemKind, HandoverItem[]][] {
  return kItemKinds.map((kind): [ItemKind, HandoverItem[]] => [kind, items.filter((item) => item.kind === kind)]).filter(([, of]) => of.length > 0);
}

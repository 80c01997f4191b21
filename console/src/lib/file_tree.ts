// Touched files as a tree of folders, flattened to rows for a virtual list. A folder that holds nothing but one folder is
// shown with it in one row. Work is linear in the length of all paths.
import type { TouchedFile } from './hosts';

export interface Folder { path: string; name: string; folders: Map<string, Folder>; files: TouchedFile[]; count: number; worst: number; unhealed: number }
export type TreeRow =
  | { kind: 'folder'; id: string; depth: number; name: string; count: number; worst: number; unhealed: number; open: boolean }
  | { kind: 'file'; id: string; depth: number; name: string; file: TouchedFile };

const folder = (path: string, name: string): Folder => ({ path, name, folders: new Map(), files: [], count: 0, worst: 0, unhealed: 0 });

export function tree_of(files: TouchedFile[]): Folder {
  const root = folder('', '');
  for (const file of files) {
    const unhealed = file.state === 'restored' ? 0 : 1;
    let at = root;
    const parts = file.path.split('/').filter(Boolean).slice(0, -1);
    for (const part of [null, ...parts]) {
      if (part !== null) {
        let next = at.folders.get(part);
        if (!next) at.folders.set(part, (next = folder(`${at.path}/${part}`, part)));
        at = next;
      }
      at.count++;
      at.unhealed += unhealed;
      at.worst = Math.max(at.worst, file.score);
    }
    at.files.push(file);
  }
  return root;
}

const by_name = new Intl.Collator('vi', { numeric: true });

export function rows_of(root: Folder, closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  // A stack of our own: a path may be as deep as the system lets it be.
  const stack: { folder: Folder; depth: number }[] = [{ folder: root, depth: -1 }];
  while (stack.length > 0) {
    const { folder: top, depth } = stack.pop()!;
    let at = top;
    let name = top === root ? '' : top.name;
    while (at.files.length === 0 && at.folders.size === 1) {
      at = [...at.folders.values()][0]!;
      name = `${name}/${at.name}`;
    }
    let inside = depth + 1;
    if (at !== root) {
      const open = !closed.has(at.path);
      // What stands at the top is written as the whole path it is.
      const shown = depth <= 0 && !name.startsWith('/') ? `/${name}` : name;
      rows.push({ kind: 'folder', id: at.path, depth: Math.max(0, depth), name: shown, count: at.count, worst: at.worst, unhealed: at.unhealed, open });
      if (!open) continue;
      inside = Math.max(0, depth) + 1;
    }
    let before = '';
    let again = 0;
    for (const file of [...at.files].sort((a, b) => by_name.compare(a.path, b.path))) {
      // The same path may have been touched more than once; its id does not change when more becomes known of it.
      again = file.path === before ? again + 1 : 0;
      before = file.path;
      rows.push({ kind: 'file', id: `${file.path}//${again}`, depth: inside, name: file.path.slice(file.path.lastIndexOf('/') + 1), file });
    }
    const below = [...at.folders.values()].sort((a, b) => by_name.compare(b.name, a.name));
    for (const child of below) stack.push({ folder: child, depth: inside });
  }
  return rows;
}

// Of many files only the first level is opened at once: a person sees where, then looks closer.
export function closed_at_first(root: Folder, rows_max = 400): Set<string> {
  const closed = new Set<string>();
  if (root.count <= rows_max) return closed;
  let first = root;
  while (first.files.length === 0 && first.folders.size === 1) first = [...first.folders.values()][0]!;
  const stack = [...first.folders.values()];
  while (stack.length > 0) {
    const at = stack.pop()!;
    closed.add(at.path);
    stack.push(...at.folders.values());
  }
  return closed;
}

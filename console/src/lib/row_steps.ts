// The keys of a register: N adds, J and K (or the arrows) walk its rows, which are links that carry data-row.
import type { dispatch } from './keys';

export function step_row(by: number) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}
export const register_keys = (add: () => void): Parameters<typeof dispatch>[1] =>
  ({ n: add, j: () => step_row(1), arrowdown: () => step_row(1), k: () => step_row(-1), arrowup: () => step_row(-1) });

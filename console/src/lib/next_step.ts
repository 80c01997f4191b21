// The alerts for which somebody else will be called, the next call first. Those that call nobody are left out.
import type { Alert } from './types';

export const by_next_step = (alerts: Alert[]): Alert[] => alerts.filter((alert) => alert.next_step_at !== null)
  .sort((a, b) => Date.parse(a.next_step_at!) - Date.parse(b.next_step_at!));

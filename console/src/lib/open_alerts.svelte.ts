// How many alerts nobody has answered yet: for the navigation and the page's icon of the day.
import { api } from './api';
import { live } from './live.svelte';
import type { Facet, Severity } from './types';

const kGapMs = 3_000;

class OpenAlerts {
  fresh = $state(0);
  by = $state.raw<Partial<Record<Severity, number>>>({});
  #read_at = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  follow(): () => void {
    void this.read();
    const soon = () => {
      // At once when it is calm, every few seconds in a storm.
      this.#waiting ??= setTimeout(() => { this.#waiting = undefined; void this.read(); }, Math.max(400, this.#read_at + kGapMs - Date.now()));
    };
    const off = [live.on('alert', soon), live.on('reread', soon)];
    return () => { clearTimeout(this.#waiting); this.#waiting = undefined; for (const f of off) f(); };
  }
  async read() {
    this.#read_at = Date.now();
    try {
      const { facets } = await api.get<{ facets: Facet[] }>('/alerts/facets', { state: 'new' });
      const count = (field: string, value: string) => facets.find((f) => f.field === field && f.value === value)?.count ?? 0;
      this.fresh = count('state', 'new');
      this.by = Object.fromEntries(facets.filter((f) => f.field === 'severity').map((f) => [f.value, f.count]));
    } catch {
      // The stale-data banner already says that the server is away.
    }
  }
}
export const open_alerts = new OpenAlerts();

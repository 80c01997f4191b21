// How many alerts nobody has answered yet: for the navigation and the page's icon of the day.
import { api } from './api';
import { live } from './live.svelte';
import type { Facet } from './types';

class OpenAlerts {
  fresh = $state(0);
  critical = $state(0);
  #waiting: ReturnType<typeof setTimeout> | undefined;

  follow(): () => void {
    void this.read();
    const soon = () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => void this.read(), 400);
    };
    const off = [live.on('alert', soon), live.on('reread', soon)];
    return () => { clearTimeout(this.#waiting); for (const f of off) f(); };
  }
  async read() {
    try {
      const { facets } = await api.get<{ facets: Facet[] }>('/alerts/facets', { state: 'new' });
      const count = (field: string, value: string) => facets.find((f) => f.field === field && f.value === value)?.count ?? 0;
      this.fresh = count('state', 'new');
      this.critical = count('severity', 'critical');
    } catch {
      // The stale-data banner already says that the server is away.
    }
  }
}
export const open_alerts = new OpenAlerts();

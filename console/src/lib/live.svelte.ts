// The live stream. A heartbeat arrives every 5 s; after 10 s without any sign of life the data on the screen counts as
// stale and the person is told. Reconnects with growing pauses, and then everything shown is read again.
export interface StreamEvents {
  alert: { id: string; state: string; severity: string };
  site: { id: string; state: string };
  incident: { id: string; state: string };
  mailbox: { id: string };
  host: { id: string; state: string };
  file_incident: { id: string; state: string };
  reread: null; // the stream was away: what is shown may be old
}
type Handler<K extends keyof StreamEvents> = (data: StreamEvents[K]) => void;

const kStaleAfterMs = 10_000;
const kPauseMinMs = 1_000;
const kPauseMaxMs = 30_000;
export const kBeatsShown = 12; // a minute of heartbeats

export function next_pause_ms(pause_ms: number): number {
  return Math.min(kPauseMaxMs, Math.max(kPauseMinMs, pause_ms * 2));
}

class Live {
  stale = $state(false);
  last_sign_at = $state(0);
  now = $state(Date.now());
  beats = $state.raw<number[]>([]);
  retry_at = $state(0);

  #source: EventSource | null = null;
  #pause_ms = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #was_open = false;
  #handlers = new Map<keyof StreamEvents, Set<(data: never) => void>>();

  start() {
    if (this.#ticker) return;
    this.last_sign_at = this.now = Date.now();
    this.#ticker = setInterval(() => this.#tick(), 1000);
    this.#connect();
  }
  stop() {
    clearInterval(this.#ticker);
    clearTimeout(this.#retry);
    this.#ticker = undefined;
    this.#source?.close();
    this.#source = null;
    this.#was_open = false;
    this.#pause_ms = 0;
    this.stale = false;
    this.beats = [];
  }
  // Returns the function that takes the handler off again.
  on<K extends keyof StreamEvents>(name: K, handler: Handler<K>): () => void {
    let set = this.#handlers.get(name);
    if (!set) this.#handlers.set(name, (set = new Set()));
    set.add(handler as (data: never) => void);
    return () => { set.delete(handler as (data: never) => void); };
  }
  reconnect_now() {
    this.#pause_ms = 0;
    this.#connect();
  }

  #emit<K extends keyof StreamEvents>(name: K, data: StreamEvents[K]) {
    for (const handler of this.#handlers.get(name) ?? []) (handler as Handler<K>)(data);
  }
  #sign() {
    this.last_sign_at = this.now = Date.now();
    this.stale = false;
  }
  #tick() {
    this.now = Date.now();
    if (this.now - this.last_sign_at > kStaleAfterMs) {
      this.stale = true;
      // A connection that is open but silent is as dead as a closed one.
      if (this.#source && this.#source.readyState === EventSource.OPEN) this.#retry_later();
    }
  }
  #retry_later() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#retry);
    this.#pause_ms = next_pause_ms(this.#pause_ms);
    const pause_ms = this.#pause_ms * (0.75 + Math.random() / 2);
    this.retry_at = Date.now() + pause_ms;
    this.#retry = setTimeout(() => this.#connect(), pause_ms);
  }
  #connect() {
    clearTimeout(this.#retry);
    this.retry_at = 0;
    this.#source?.close();
    const source = new EventSource('/api/v1/stream');
    this.#source = source;
    source.onopen = () => {
      this.#pause_ms = 0;
      this.#sign();
      if (this.#was_open) this.#emit('reread', null);
      this.#was_open = true;
    };
    source.onerror = () => { if (this.#source === source) this.#retry_later(); };
    source.addEventListener('heartbeat', () => {
      this.#sign();
      this.beats = [...this.beats.slice(1 - kBeatsShown), this.now];
    });
    for (const name of ['alert', 'incident', 'site', 'mailbox', 'host', 'file_incident'] as const) {
      source.addEventListener(name, (event) => {
        this.#sign();
        try {
          this.#emit(name, JSON.parse((event as MessageEvent<string>).data));
        } catch {
          this.#emit('reread', null);
        }
      });
    }
  }
}
export const live = new Live();

// The one place that talks to /api/v1: cookie session, CSRF header, problem+json errors.
import { i18n } from '../i18n/i18n.svelte';

const kBase = '/api/v1';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: { field: string; detail: string }[] = [],
    readonly body: Record<string, unknown> = {},
    readonly retry_after_s: number | null = null,
  ) {
    super(detail || title);
  }
  // Nothing answered at all: the network or the server is away.
  get offline() { return this.status === 0; }
  field(name: string): string | undefined {
    return this.fields.find((f) => f.field === name)?.detail;
  }
}

let csrf_token = '';
let on_signed_out: () => void = () => {};
let on_second_factor: () => void = () => {};
let ask_reason: (period: string) => Promise<string | null> = () => Promise.resolve(null);
export function set_csrf_token(token: string) { csrf_token = token; }
export function set_second_factor_handler(handler: () => void) { on_second_factor = handler; }
// While a change freeze runs: why this is changed now; null: it is not.
export function set_freeze_handler(handler: (period: string) => Promise<string | null>) { ask_reason = handler; }
export function set_signed_out_handler(handler: () => void) { on_signed_out = handler; }

export type Query = Record<string, string | number | boolean | null | undefined>;
export function with_query(path: string, query?: Query): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') parts.set(key, String(value));
  }
  const text = parts.toString();
  return text ? `${path}?${text}` : path;
}

// `bytes`: the body as it is; `file`: the answer is a file, and is not kept for a key.
interface Options { query?: Query; body?: unknown; bytes?: Blob; file?: boolean; signal?: AbortSignal; quiet_401?: boolean }

async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': i18n.language };
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.signal) init.signal = options.signal;
  if (method !== 'GET') {
    if (csrf_token) headers['X-CSRF-Token'] = csrf_token;
    if (method === 'POST' && !options.file) headers['Idempotency-Key'] = new_key();
    if (options.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(options.body);
    }
    if (options.bytes) init.body = options.bytes;
  }
  let response: Response;
  try {
    response = await fetch(with_query(kBase + path, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, '', '');
  }
  if (response.ok && options.file) return await response.blob() as T;
  const text = response.status === 204 ? '' : await response.text();
  let json: unknown = undefined;
  if (text && (response.headers.get('Content-Type') ?? '').includes('json')) {
    try { json = JSON.parse(text); } catch { json = undefined; }
  }
  if (!response.ok) {
    const body = (json ?? {}) as Record<string, unknown>;
    const retry = Number(response.headers.get('Retry-After'));
    const problem = new Problem(
      response.status, String(body.title ?? response.statusText), String(body.detail ?? ''),
      (body.errors as Problem['fields']) ?? [], body, Number.isFinite(retry) && retry > 0 ? retry : null);
    if (response.status === 401 && !options.quiet_401) on_signed_out();
    if (response.status === 403 && body.second_factor_needed === true) on_second_factor();
    if (response.status === 409 && typeof body.freeze === 'string' && !options.query?.freeze_reason) {
      const freeze_reason = await ask_reason(body.freeze);
      if (freeze_reason) return call<T>(method, path, { ...options, query: { ...options.query, freeze_reason } });
    }
    throw problem;
  }
  return json as T;
}

// A key per click: a retry by the browser or a proxy does not do the thing twice.
function new_key(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal }),
  get_quietly: <T>(path: string) => call<T>('GET', path, { quiet_401: true }),
  post: <T = void>(path: string, body?: unknown, quiet_401 = false) =>
    call<T>('POST', path, { body: body ?? {}, quiet_401 }),
  put: <T = void>(path: string, body: unknown) => call<T>('PUT', path, { body }),
  put_bytes: (path: string, bytes: Blob) => call<void>('PUT', path, { bytes }),
  post_for_file: (path: string, body: unknown) => call<Blob>('POST', path, { body, file: true }),
  patch: <T = void>(path: string, body: unknown) => call<T>('PATCH', path, { body }),
  delete: (path: string) => call<void>('DELETE', path),
};

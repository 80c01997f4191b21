// Who is signed in, and what they may do.
import { api, Problem, set_csrf_token, set_second_factor_handler, set_signed_out_handler } from './api';
import { use_language } from '../i18n/i18n.svelte';
import { live } from './live.svelte';
import { reaches } from './rights';
import type { Language, Line, Rights, Session, User } from './types';

class SessionState {
  user = $state.raw<User | null>(null);
  rights = $state.raw<Rights | null>(null);
  version = $state('');
  second_factor_due = $state<string | null>(null);
  setup_needed = $state(false);
  phase = $state<'asking' | 'in' | 'second_factor' | 'out' | 'unreachable'>('asking');

  constructor() {
    set_signed_out_handler(() => { if (this.phase === 'in' || this.phase === 'second_factor') this.leave(); });
    set_second_factor_handler(() => { if (this.phase === 'in') void this.ask(); });
  }
  // Whether one may change what takes `line` in an area of the API, and whether one may read it. The server decides; this is
  // its own table, so that nothing is offered that it would refuse.
  may(line: Line, area = ''): boolean { return reaches(this.rights, area, 'change', line); }
  sees(area: string, line: Line = 'viewer'): boolean { return reaches(this.rights, area, 'read', line); }
  async ask() {
    this.phase = 'asking';
    try {
      await this.enter(await api.get_quietly<Session>('/session'));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        this.setup_needed = error.body.setup_needed === true;
        this.phase = 'out';
      } else {
        this.phase = 'unreachable';
      }
    }
  }
  // How one may sign in beside a password. Nothing when it cannot be asked: the password is always there.
  async provider(): Promise<{ label: string; path: string } | null> {
    try { return (await api.get_quietly<{ provider: { label: string; path: string } | null }>('/sign-in')).provider; } catch { return null; }
  }
  async sign_in(username: string, password: string, code: string) {
    await this.enter(await api.post<Session>('/session', { username, password, ...(code ? { code } : {}) }, true));
  }
  async set_up(token: string, username: string, password: string, display_name: string, language: Language) {
    const answer = await api.post<Partial<Session> | undefined>(
      '/setup', { token, username, password, display_name, language }, true);
    await this.enter(answer?.csrf_token ? (answer as Session) : await api.get_quietly<Session>('/session'));
  }
  async sign_out() {
    try { await api.delete('/session'); } finally { this.leave(); }
  }
  set_user(user: User) {
    this.user = user;
    void use_language(user.language);
  }
  private async enter(session: Session) {
    set_csrf_token(session.csrf_token);
    await use_language(session.user.language);
    this.user = session.user;
    this.rights = session.rights;
    this.version = session.version;
    this.setup_needed = false;
    this.second_factor_due = session.second_factor_due;
    if (session.second_factor_needed) {
      live.stop();
      this.phase = 'second_factor';
      return;
    }
    this.phase = 'in';
    live.start();
  }
  private leave() {
    live.stop();
    set_csrf_token('');
    this.user = null;
    this.rights = null;
    this.phase = 'out';
  }
}
export const session = new SessionState();

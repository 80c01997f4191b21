// One thing at a time that a person asked of the server: whether it is on its way, and what went wrong with the last.
export class Errand {
  busy = $state(false);
  error = $state.raw<unknown>(null);

  // `after` follows whether it went well or not. True when it did.
  async run(work: () => Promise<unknown>, after: () => unknown = () => {}): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try { await work(); return true; } catch (e) { this.error = e; return false; } finally { this.busy = false; await after(); }
  }
}

// Short notices at the edge of the screen; one of them may carry an action such as "undo".
export interface Toast { id: number; text: string; tone: 'plain' | 'good' | 'bad'; action?: { label: string; run: () => void } }

class Toasts {
  items = $state.raw<Toast[]>([]);
  #next = 1;
  show(text: string, tone: Toast['tone'] = 'plain', action?: Toast['action'], stay_ms = tone === 'bad' ? 12_000 : 8_000) {
    const id = this.#next++;
    // What went well before is old news once the next thing is done; what failed stays to be read.
    this.items = [...this.items.filter((toast) => toast.tone === 'bad').slice(-2), { id, text, tone, action }];
    setTimeout(() => this.drop(id), stay_ms);
    return id;
  }
  drop(id: number) { this.items = this.items.filter((toast) => toast.id !== id); }
}
export const toasts = new Toasts();

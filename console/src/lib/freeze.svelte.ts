// A change that was refused because a change freeze runs: whoever asked for it gives a reason, or lets it be. App shows the
// dialog; lib/api asks here.
class Freeze {
  asked = $state.raw<{ period: string; answer: (reason: string | null) => void } | null>(null);

  ask(period: string): Promise<string | null> {
    this.asked?.answer(null);
    return new Promise((resolve) => {
      this.asked = { period, answer: (reason) => { this.asked = null; resolve(reason); } };
    });
  }
}
export const freeze = new Freeze();

// Dark, light, or what the system says. The choice is kept in this browser only.
export type Theme = 'system' | 'dark' | 'light';

function stored(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || theme === 'light' ? theme : 'system';
}
class ThemeState {
  choice = $state<Theme>(stored());
  set(choice: Theme) {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === 'system') localStorage.removeItem('vedette.theme');
      else localStorage.setItem('vedette.theme', choice);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  }
  get dark(): boolean {
    if (this.choice !== 'system') return this.choice === 'dark';
    return matchMedia('(prefers-color-scheme: dark)').matches;
  }
  toggle() { this.set(this.dark ? 'light' : 'dark'); }
}
export const theme = new ThemeState();

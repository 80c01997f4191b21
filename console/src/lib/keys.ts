// Keyboard commands. A command is one key, said in lower case ("a", "enter", "ctrl+k", "?", "shift+a").
export function chord(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase();
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push('ctrl');
  if (event.altKey) parts.push('alt');
  // Shift is already in "?" and the like; it counts for letters and named keys only.
  if (event.shiftKey && (key.length > 1 || /^\p{L}$/u.test(key))) parts.push('shift');
  parts.push(key);
  return parts.join('+');
}

// Typing into a field is never a command, except for those that carry Ctrl or are Escape.
export function is_typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  if (element.isContentEditable) return true;
  if (element.tagName === 'TEXTAREA' || element.tagName === 'SELECT') return true;
  if (element.tagName !== 'INPUT') return false;
  return !['checkbox', 'radio', 'button', 'submit', 'range'].includes((element as HTMLInputElement).type);
}
// Enter and space belong to the button or link that has the focus.
export function is_pressable(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.('button, a[href], summary, [role="menuitem"], [role="tab"], input'));
}

export type Commands = Record<string, (event: KeyboardEvent) => void>;

// Returns whether the event was taken.
export function dispatch(event: KeyboardEvent, commands: Commands): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const name = chord(event);
  if (is_typing(event.target) && !name.startsWith('ctrl+') && name !== 'escape') return false;
  if ((name === 'enter' || name === 'space') && is_pressable(event.target)) return false;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return false;
  event.preventDefault();
  command(event);
  return true;
}

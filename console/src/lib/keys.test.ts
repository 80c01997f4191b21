import { describe, expect, test, vi } from 'vitest';
import { chord, dispatch } from './keys';

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, defaultPrevented: false, isComposing: false,
  target: null, preventDefault: vi.fn(), ...more,
}) as unknown as KeyboardEvent;
const element = (tagName: string, more: object = {}) => ({ tagName, isContentEditable: false, closest: () => null, ...more }) as unknown as HTMLElement;

describe('chord', () => {
  test('is the key in lower case', () => expect(chord(press('J'))).toBe('j'));
  test('names Ctrl and Command alike', () => {
    expect(chord(press('k', { ctrlKey: true }))).toBe('ctrl+k');
    expect(chord(press('k', { metaKey: true }))).toBe('ctrl+k');
  });
  test('counts shift for letters only', () => {
    expect(chord(press('J', { shiftKey: true }))).toBe('shift+j');
    expect(chord(press('?', { shiftKey: true }))).toBe('?');
  });
});

describe('dispatch', () => {
  test('runs the command and keeps the browser out', () => {
    const a = vi.fn();
    const event = press('a');
    expect(dispatch(event, { a })).toBe(true);
    expect(a).toHaveBeenCalledOnce();
    expect(event.preventDefault).toHaveBeenCalled();
  });
  test('typing is not a command', () => {
    const a = vi.fn();
    expect(dispatch(press('a', { target: element('INPUT', { type: 'search' }) }), { a })).toBe(false);
    expect(dispatch(press('a', { target: element('TEXTAREA') }), { a })).toBe(false);
    expect(a).not.toHaveBeenCalled();
  });
  test('Escape and Ctrl work in a field', () => {
    const run = vi.fn();
    const target = element('INPUT', { type: 'text' });
    dispatch(press('Escape', { target }), { escape: run });
    dispatch(press('k', { target, ctrlKey: true }), { 'ctrl+k': run });
    expect(run).toHaveBeenCalledTimes(2);
  });
  test('Enter belongs to the button that has the focus', () => {
    const enter = vi.fn();
    const button = element('BUTTON', { closest: () => ({}) });
    expect(dispatch(press('Enter', { target: button }), { enter })).toBe(false);
    expect(enter).not.toHaveBeenCalled();
  });
  test('does not take what an input method composes', () => {
    const a = vi.fn();
    expect(dispatch(press('a', { isComposing: true }), { a })).toBe(false);
  });
  test('an inherited name is not a command', () => expect(dispatch(press('constructor'), {})).toBe(false));
});

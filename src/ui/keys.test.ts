import { describe, expect, it } from 'vitest';
import { actionOf, KEY_WORDS } from './keys';

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  defaultPrevented: false,
  ...more,
});
const on = (tagName: string) => ({ tagName }) as Element;

describe('single keys', () => {
  it('act on the page, whatever their case', () => {
    expect(
      [' ', 'r', 'R', 'P', '?', 'ArrowLeft', 'x'].map((key) => actionOf(press(key), on('BODY'), false)),
    ).toEqual(['run', 'reset', 'reset', 'projector', 'help', 'back', null]);
    expect(actionOf(press('p'), null, false)).toBe('projector');
    expect(KEY_WORDS).toHaveLength(5);
  });

  it('are left to controls, dialogs, shortcuts, and whoever has taken them', () => {
    for (const tag of ['BUTTON', 'INPUT', 'TEXTAREA', 'A', 'SUMMARY', 'SPAN'])
      expect(actionOf(press('r'), on(tag), false), tag).toBeNull();
    expect(actionOf(press('r'), on('BODY'), true)).toBeNull();
    for (const held of ['ctrlKey', 'metaKey', 'altKey', 'defaultPrevented'])
      expect(actionOf(press('r', { [held]: true }), on('BODY'), false), held).toBeNull();
  });

  it('run through stages while held down, and start nothing twice', () => {
    expect(actionOf(press('ArrowRight', { repeat: true }), on('BODY'), false)).toBe('on');
    expect(actionOf(press(' ', { repeat: true }), on('BODY'), false)).toBeNull();
  });
});

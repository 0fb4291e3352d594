/** Keeps the focus where it was when the control that had it goes: a button that is pressed gives way to another. */

const CONTROLS = 'button:not(:disabled), a[href], input:not(:disabled)';

/**
 * An attachment of what holds such controls: when the one with the focus is taken away or disabled, the first that is
 * left gets it, or where none is left the holder itself if it can. Whoever went elsewhere, by keyboard or pointer, is
 * left there.
 */
export function keepFocus(holder: HTMLElement): () => void {
  let within = false;
  const entered = (event: FocusEvent | PointerEvent) => {
    within = event.target instanceof Node && holder.contains(event.target);
  };
  const watch = new MutationObserver(() => {
    const now = document.activeElement;
    const lost = now === null || now === document.body || now.matches(':disabled');
    if (within && lost)
      (holder.querySelector<HTMLElement>(CONTROLS) ?? holder).focus({ preventScroll: true });
  });
  watch.observe(holder, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', entered);
  document.addEventListener('pointerdown', entered);
  return () => {
    watch.disconnect();
    document.removeEventListener('focusin', entered);
    document.removeEventListener('pointerdown', entered);
  };
}

/**
 * For what scrolls sideways and has nothing in it to focus: while it overflows it takes the focus, so that the arrow
 * keys reach all of it. Attached by `{@attach scrollable}`.
 */
export function scrollable(element: HTMLElement): () => void {
  const look = new ResizeObserver(() => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute('tabindex');
  });
  look.observe(element);
  // What is in it may grow while it stays as it is.
  for (const child of element.children) look.observe(child);
  return () => look.disconnect();
}

/** Whether an element is on the screen, or close to it: what nobody sees need not be drawn. */

/** Drawn this far off the screen, so that scrolling meets no stale picture. */
const MARGIN = '200px';

/**
 * Tells of an element's coming into sight and going out of it; on paper all of the page is in sight.
 * @returns what stops telling
 */
export function inSight(element: Element, tell: (seen: boolean) => void): () => void {
  const watch = new IntersectionObserver(
    (entries) => {
      const last = entries.at(-1);
      if (last) tell(last.isIntersecting);
    },
    { rootMargin: MARGIN },
  );
  watch.observe(element);
  const whole = () => tell(true);
  addEventListener('beforeprint', whole);
  return () => {
    watch.disconnect();
    removeEventListener('beforeprint', whole);
  };
}

/**
 * What is wrong with the layout of a page, in words: wider than its window, texts cut off, sticking out of their
 * boxes or lying over one another, controls that cover one another. Runs in the page, and so holds all it needs.
 */
export function layoutProblems(): string[] {
  interface Box {
    left: number;
    right: number;
    top: number;
    bottom: number;
  }
  const problems: string[] = [];
  const name = (element: Element): string => {
    const id = element.closest('[data-testid]')?.getAttribute('data-testid');
    const words = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `<${element.localName}${id ? ` in ${id}` : ''}> “${words || (element.getAttribute('aria-label') ?? '')}”`;
  };
  // Behind an open dialog the page is out of reach, and need not be looked at twice.
  const modal = document.querySelector('[role=dialog], [role=alertdialog]');
  const root = modal ?? document.body;

  const styles = new Map<Element, CSSStyleDeclaration>();
  const style = (element: Element): CSSStyleDeclaration => {
    const known = styles.get(element) ?? getComputedStyle(element);
    styles.set(element, known);
    return known;
  };
  /** What is meant for screen readers alone, or for nobody now. */
  const unseen = (element: Element): boolean =>
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
    element.closest('.hidden, [hidden], .skip') !== null ||
    style(element).clipPath !== 'none';
  /** The part of a box that an element and those around it let through; null when that is nothing. */
  const through = (within: Element | null, { left, right, top, bottom }: Box): Box | null => {
    let box: Box = { left, right, top, bottom };
    for (let at = within; at && at !== document.documentElement; at = at.parentElement) {
      const { overflowX, overflowY, display } = style(at);
      if (display === 'inline' || (overflowX === 'visible' && overflowY === 'visible')) continue;
      const clip = at.getBoundingClientRect();
      box = {
        left: Math.max(box.left, clip.left),
        right: Math.min(box.right, clip.right),
        top: Math.max(box.top, clip.top),
        bottom: Math.min(box.bottom, clip.bottom),
      };
    }
    return box.right - box.left > 1 && box.bottom - box.top > 1 ? box : null;
  };
  /** What moves by itself lies over the rest on purpose. */
  const layer = (element: Element): Element | null => {
    for (let at: Element | null = element; at; at = at.parentElement)
      if (['fixed', 'sticky', 'absolute'].includes(style(at).position)) return at;
    return null;
  };
  const overlap = (a: Box, b: Box): [number, number] => [
    Math.min(a.right, b.right) - Math.max(a.left, b.left),
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
  ];

  // Wider than the window, or than the part of it that scrolls.
  const across = document.documentElement.scrollWidth - innerWidth;
  if (across > 0) {
    const widest = [...document.querySelectorAll('body *')]
      .filter((element) => !unseen(element))
      .map((element) => ({ element, box: through(element.parentElement, element.getBoundingClientRect()) }))
      .filter(({ box }) => box && (box.right > innerWidth + 1 || box.left < -1))
      .map(({ element }) => element)
      .at(-1);
    problems.push(`${across} pixels wider than the window${widest ? `: ${name(widest)}` : ''}`);
  }
  const main = document.querySelector('main');
  if (main && main.scrollWidth > main.clientWidth)
    problems.push(`main scrolls sideways by ${main.scrollWidth - main.clientWidth} pixels`);

  // Texts, line by line.
  const texts: { element: Element; whole: Box; box: Box; layer: Element | null }[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const owners = new Set<Element>();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (
      !element ||
      (node.textContent ?? '').trim() === '' ||
      /^(script|style|option|title)$/.test(element.localName)
    )
      continue;
    if (element.namespaceURI !== 'http://www.w3.org/1999/xhtml' || unseen(element)) continue;
    owners.add(element);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = through(element, rect);
      if (box) texts.push({ element, whole: rect, box, layer: layer(element) });
    }
  }
  for (const element of owners) {
    const { overflowX, overflowY, textOverflow, webkitLineClamp, display } = style(element);
    if (display === 'inline') continue;
    const cut = /hidden|clip/.test(overflowX) && element.scrollWidth > element.clientWidth + 1;
    if (cut && textOverflow !== 'ellipsis') problems.push(`cut off: ${name(element)}`);
    const below = /hidden|clip/.test(overflowY) && element.scrollHeight > element.clientHeight + 3;
    if (below && webkitLineClamp === 'none' && textOverflow !== 'ellipsis')
      problems.push(`cut off below: ${name(element)}`);
  }
  const BOXES = 'button, .button, th, td, summary, label, h1, h2, h3, legend';
  for (const { element, whole } of texts) {
    const box = element.closest(BOXES);
    if (!box || style(box).display === 'inline') continue;
    let at: Element | null = element;
    while (at !== box && at && style(at).overflowX === 'visible') at = at.parentElement;
    const { left, right } = box.getBoundingClientRect();
    if (at === box && (whole.right > right + 1.5 || whole.left < left - 1.5))
      problems.push(`sticks out of its box: ${name(box)}`);
  }
  texts.sort((a, b) => a.box.top - b.box.top);
  texts.forEach((a, i) => {
    for (let j = i + 1; j < texts.length; j++) {
      const b = texts[j];
      if (!b || b.box.top > a.box.bottom) break;
      if (a.layer !== b.layer || a.element === b.element) continue;
      const [wide, high] = overlap(a.box, b.box);
      const least = Math.min(a.box.bottom - a.box.top, b.box.bottom - b.box.top);
      if (wide > 3 && high > 0.4 * least) problems.push(`${name(a.element)} lies over ${name(b.element)}`);
    }
  });

  // Controls.
  const controls = [
    ...root.querySelectorAll('a[href], button, input, select, textarea, summary, [role=slider]'),
  ]
    .filter((element) => !unseen(element) && style(element).opacity !== '0')
    .flatMap((element) =>
      // A link in a text may go on in the next line.
      [...element.getClientRects()].flatMap((rect) => {
        const box = through(element.parentElement, rect);
        return box ? [{ element, box, layer: layer(element) }] : [];
      }),
    );
  controls.forEach((a, i) => {
    for (const b of controls.slice(i + 1)) {
      if (a.layer !== b.layer || a.element.contains(b.element) || b.element.contains(a.element)) continue;
      const [wide, high] = overlap(a.box, b.box);
      if (wide > 2 && high > 2) problems.push(`${name(a.element)} covers ${name(b.element)}`);
    }
  });
  return [...new Set(problems)];
}

/**
 * node tools/icons.mjs
 *
 * Draws the icons of public/icons/ in pixels from lethe.svg: for browsers and systems that take no SVG. A maskable
 * one fills its square, with the drawing in the circle that every mask leaves.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { launchChromium } from '../tests/browser/launch.mjs';
import { root } from './project.mjs';

const folder = path.join(root, 'public/icons');
const svg = await readFile(path.join(folder, 'lethe.svg'), 'utf8');
const square = svg.replace('rx="7"', '').replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"');
const ground = square.replace('<rect width="32" height="32"', '<rect x="-4" y="-4" width="40" height="40"');

const browser = await launchChromium();
for (const [name, size, drawing] of /** @type {const} */ ([
  ['lethe-192', 192, svg],
  ['lethe-512', 512, svg],
  ['lethe-maskable-512', 512, ground],
  ['lethe-180', 180, ground],
])) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>${drawing}`);
  await page.screenshot({ path: path.join(folder, `${name}.png`), omitBackground: true });
  await page.close();
}
await browser.close();

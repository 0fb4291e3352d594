/** Pictures of screens, held to those that were looked at: small, so that no machine's hinting counts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { root } from '../../tools/project.mjs';

/** Pixels of a screen to one of its kept picture, each way. */
const SHRINK = 6;
/** Steps of a colour that is kept: finer ones say nothing, and take room. */
const COARSE = 8;
/** Colours further apart than this are different (0 to 1), and so much of a picture may be. */
const THRESHOLD = 0.1;
const MOST = 0.015;

/** LETHE_SCREENS=update keeps the pictures as they are now, and leaves whole ones in out/screens/ to look at. */
const updating = process.env['LETHE_SCREENS'] === 'update';
const kept = path.join(root, 'tests/screens/kept');
const out = path.join(root, 'out/screens');

const coarse = (colour: number): number => Math.min(255, COARSE * Math.round(colour / COARSE));

/** @param screenshot a PNG */
function shrunk(screenshot: Buffer): PNG {
  const whole = PNG.sync.read(screenshot);
  const [width, height] = [Math.floor(whole.width / SHRINK), Math.floor(whole.height / SHRINK)];
  const small = new PNG({ width, height });
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let dy = 0; dy < SHRINK; dy++)
          for (let dx = 0; dx < SHRINK; dx++)
            sum += whole.data[4 * ((SHRINK * y + dy) * whole.width + SHRINK * x + dx) + c] ?? 0;
        small.data[4 * (y * width + x) + c] = coarse(sum / SHRINK ** 2);
      }
  return small;
}

/**
 * @returns share of the picture that differs from the kept one, and whether that is too much; a new size is all of it
 */
export function compare(name: string, screenshot: Buffer): { share: number; same: boolean } {
  const now = shrunk(screenshot);
  const file = path.join(kept, `${name}.png`);
  if (updating || !existsSync(file)) {
    for (const folder of [kept, out]) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(out, `${name}.png`), screenshot);
    if (updating) writeFileSync(file, PNG.sync.write(now, { deflateLevel: 9, colorType: 2 }));
    return { share: updating ? 0 : 1, same: updating };
  }
  const before = PNG.sync.read(readFileSync(file));
  const { width, height } = now;
  if (before.width !== width || before.height !== height) return { share: 1, same: false };
  const difference = new PNG({ width, height });
  const pixels = pixelmatch(before.data, now.data, difference.data, width, height, { threshold: THRESHOLD });
  const share = pixels / (width * height);
  const same = share <= MOST;
  if (!same) {
    mkdirSync(out, { recursive: true });
    writeFileSync(path.join(out, `${name}.png`), screenshot);
    writeFileSync(path.join(out, `${name}.difference.png`), PNG.sync.write(difference));
  }
  return { share, same };
}

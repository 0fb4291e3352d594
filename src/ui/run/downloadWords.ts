import type { FilesProgress } from '../../worker/files/protocol';
import { bytes, timeLeft } from '../format';

/** model.safetensors: 120 MB of 308 MB, 8.1 MB/s, about 30 s left */
export function downloadWords({ path, loaded, total, bytesPerSecond, secondsLeft }: FilesProgress): string {
  const parts = [total === undefined ? bytes(loaded) : `${bytes(loaded)} of ${bytes(total)}`];
  if (bytesPerSecond !== null) parts.push(`${bytes(bytesPerSecond)}/s`);
  if (secondsLeft !== null && loaded !== total) parts.push(timeLeft(secondsLeft));
  return `${path === '' ? '' : `${path}: `}${parts.join(', ')}`;
}

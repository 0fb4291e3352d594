/** A chart on its way out as a PNG: title, picture, and the settings under it, so that it stands alone. */
import type { ChartTheme } from './theme';

export interface Caption {
  title: string;
  /** Lines under the picture: config, seed, device. */
  notes: string[];
}

export async function toPng(chart: HTMLCanvasElement, theme: ChartTheme, caption: Caption): Promise<Blob> {
  const scale = chart.width / chart.clientWidth || 1;
  const margin = 16 * scale;
  const line = 16 * scale;
  const top = margin + line * 1.6;
  const out = document.createElement('canvas');
  out.width = chart.width + 2 * margin;
  out.height = top + chart.height + line * caption.notes.length + 1.5 * margin;
  const ctx = out.getContext('2d');
  if (!ctx) throw new Error('This browser gives no canvas to draw the picture on.');
  ctx.fillStyle = theme.surface;
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.fillStyle = theme.ink;
  ctx.textBaseline = 'top';
  ctx.font = `600 ${15 * scale}px ${theme.font}`;
  ctx.fillText(caption.title, margin, margin, chart.width);
  ctx.drawImage(chart, margin, top);
  ctx.fillStyle = theme.muted;
  ctx.font = `${11 * scale}px ${theme.font}`;
  caption.notes.forEach((note, i) => {
    ctx.fillText(note, margin, top + chart.height + margin * 0.5 + i * line, chart.width);
  });
  return new Promise((resolve, reject) => {
    out.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture could not be encoded as PNG.'));
    }, 'image/png');
  });
}

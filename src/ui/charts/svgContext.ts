/**
 * A canvas that writes SVG: the part of the 2D context that chart.js and our plugins draw with, each call put down
 * as an element. Text stays text. It needs no DOM.
 */

import { visible } from '../../security/visible';

/** a, b, c, d, e, f as in `setTransform`; moves, turns and scales alike in both directions. */
type Matrix = readonly [number, number, number, number, number, number];

interface State {
  fillStyle: string;
  strokeStyle: string;
  globalAlpha: number;
  lineWidth: number;
  lineCap: string;
  lineJoin: string;
  lineDashOffset: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  dash: readonly number[];
  matrix: Matrix;
  /** Id of the clip path that is on. */
  clip: string;
}

/** Heights of a line of text over its baseline, in parts of the font's size. */
const BASELINES: Record<string, number> = { top: 0.8, hanging: 0.8, middle: 0.35, bottom: -0.2 };
const ANCHORS: Record<string, string> = { center: 'middle', right: 'end', end: 'end' };

const round = (value: number): string => String(Number(value.toFixed(2)));

/** Controls, which no XML may hold, are spelled out; with one of them the whole picture could not be opened. */
export function escapeXml(text: string): string {
  return visible(text)
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Attributes that are there, escaped. */
export function attributes(values: Record<string, string | number | undefined>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(
      ([name, value]) => ` ${name}="${escapeXml(typeof value === 'number' ? round(value) : (value ?? ''))}"`,
    )
    .join('');
}

/** Weight, size in pixels and family of a CSS font. */
export function parseFont(font: string): { weight: string; size: number; family: string } {
  const found = /(?:(\d{3}|bold|bolder|lighter)\s+)?([\d.]+)px(?:\/\S+)?\s+(.*)$/.exec(font);
  return { weight: found?.[1] ?? '', size: Number(found?.[2] ?? 10), family: found?.[3] ?? 'sans-serif' };
}

export class SvgContext {
  fillStyle = '#000';
  strokeStyle = '#000';
  globalAlpha = 1;
  lineWidth = 1;
  lineCap = 'butt';
  lineJoin = 'miter';
  lineDashOffset = 0;
  font = '10px sans-serif';
  textAlign = 'start';
  textBaseline = 'alphabetic';
  /** What chart.js asks of a canvas. */
  readonly canvas: { width: number; height: number; getContext: () => SvgContext };
  private dash: readonly number[] = [];
  private matrix: Matrix = [1, 0, 0, 1, 0, 0];
  private clipId = '';
  private path: string[] = [];
  private readonly stack: State[] = [];
  private body: string[] = [];
  private defs: string[] = [];

  /** @param measure the width of a text in a font, in pixels */
  constructor(
    width: number,
    height: number,
    private readonly measure: (text: string, font: string) => number,
  ) {
    this.canvas = { width, height, getContext: () => this };
  }

  /** The elements drawn so far. */
  get content(): string {
    const defs = this.defs.length > 0 ? `<defs>${this.defs.join('')}</defs>\n` : '';
    return `${defs}${this.body.join('\n')}`;
  }

  save(): void {
    const { fillStyle, strokeStyle, globalAlpha, lineWidth, lineCap, lineJoin, lineDashOffset } = this;
    const { font, textAlign, textBaseline, dash, matrix, clipId: clip } = this;
    const lines = { lineWidth, lineCap, lineJoin, lineDashOffset, dash };
    this.stack.push({
      fillStyle,
      strokeStyle,
      globalAlpha,
      ...lines,
      font,
      textAlign,
      textBaseline,
      matrix,
      clip,
    });
  }

  restore(): void {
    const state = this.stack.pop();
    if (!state) return;
    const { clip, dash, matrix, ...rest } = state;
    Object.assign(this, rest);
    this.clipId = clip;
    this.dash = dash;
    this.matrix = matrix;
  }

  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.matrix = [a, b, c, d, e, f];
  }

  resetTransform(): void {
    this.matrix = [1, 0, 0, 1, 0, 0];
  }

  translate(x: number, y: number): void {
    const [a, b, c, d, e, f] = this.matrix;
    this.matrix = [a, b, c, d, a * x + c * y + e, b * x + d * y + f];
  }

  rotate(angle: number): void {
    const [a, b, c, d, e, f] = this.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = [...dash];
  }

  getLineDash(): number[] {
    return [...this.dash];
  }

  beginPath(): void {
    this.path = [];
  }

  closePath(): void {
    if (this.path.length > 0) this.path.push('Z');
  }

  moveTo(x: number, y: number): void {
    this.path.push(`M${this.at(x, y)}`);
  }

  lineTo(x: number, y: number): void {
    this.path.push(`${this.path.length === 0 ? 'M' : 'L'}${this.at(x, y)}`);
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.path.push(`C${this.at(x1, y1)} ${this.at(x2, y2)} ${this.at(x, y)}`);
  }

  quadraticCurveTo(x1: number, y1: number, x: number, y: number): void {
    this.path.push(`Q${this.at(x1, y1)} ${this.at(x, y)}`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.path.push(this.box(x, y, width, height));
  }

  arc(x: number, y: number, radius: number, from: number, to: number, counter = false): void {
    const turn = 2 * Math.PI;
    let sweep = counter ? from - to : to - from;
    sweep = sweep >= turn ? turn : ((sweep % turn) + turn) % turn;
    const end = counter ? from - sweep : from + sweep;
    const point = (angle: number): [number, number] => [
      x + radius * Math.cos(angle),
      y + radius * Math.sin(angle),
    ];
    this.lineTo(...point(from));
    const r = round(radius * Math.hypot(this.matrix[0], this.matrix[1]));
    const flag = counter ? 0 : 1;
    // A whole circle has no end to draw to, so every arc goes by its middle.
    for (const angle of [(from + end) / 2, end])
      this.path.push(`A${r} ${r} 0 ${sweep / 2 > Math.PI ? 1 : 0} ${flag} ${this.at(...point(angle))}`);
  }

  clip(): void {
    const id = `clip-${this.defs.length + 1}`;
    const outer = this.clipId === '' ? undefined : `url(#${this.clipId})`;
    const shape = `<path${attributes({ d: this.path.join('') })}/>`;
    this.defs.push(`<clipPath${attributes({ id, 'clip-path': outer })}>${shape}</clipPath>`);
    this.clipId = id;
  }

  fill(): void {
    this.shape(this.path.join(''), 'fill');
  }

  stroke(): void {
    this.shape(this.path.join(''), 'stroke');
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.shape(this.box(x, y, width, height), 'fill');
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.shape(this.box(x, y, width, height), 'stroke');
  }

  /** Only ever asked for the whole canvas, before it is drawn anew. */
  clearRect(): void {
    this.body = [];
    this.defs = [];
  }

  measureText(text: string): { width: number } {
    return { width: this.measure(text, this.font) };
  }

  fillText(text: string, x: number, y: number): void {
    this.text(text, x, y, this.paint('fill'));
  }

  strokeText(text: string, x: number, y: number): void {
    this.text(text, x, y, { fill: 'none', ...this.paint('stroke'), ...this.pen() });
  }

  private text(text: string, x: number, y: number, paint: Record<string, string | number | undefined>): void {
    const { weight, size, family } = parseFont(this.font);
    const [left, top] = this.point(x, y);
    const angle = (Math.atan2(this.matrix[1], this.matrix[0]) * 180) / Math.PI;
    const place = {
      x: left,
      // The line is shifted before it is turned.
      y: top + size * (BASELINES[this.textBaseline] ?? 0),
      transform: Math.abs(angle) < 1e-6 ? '' : `rotate(${round(angle)} ${round(left)} ${round(top)})`,
      'text-anchor': ANCHORS[this.textAlign],
      'font-family': family,
      'font-size': size,
      'font-weight': weight,
      'clip-path': this.clipId === '' ? '' : `url(#${this.clipId})`,
    };
    this.body.push(`<text${attributes({ ...place, ...paint })}>${escapeXml(text)}</text>`);
  }

  private shape(d: string, how: 'fill' | 'stroke'): void {
    if (d === '') return;
    const look =
      how === 'fill' ? this.paint('fill') : { fill: 'none', ...this.paint('stroke'), ...this.pen() };
    const clip = this.clipId === '' ? '' : `url(#${this.clipId})`;
    this.body.push(`<path${attributes({ d, ...look, 'clip-path': clip })}/>`);
  }

  /** Colour and opacity apart, as programs beside browsers read them. */
  private paint(how: 'fill' | 'stroke'): Record<string, string | number | undefined> {
    const style = how === 'fill' ? this.fillStyle : this.strokeStyle;
    const mixed = /^rgba\((.*),\s*([\d.]+)\)$/.exec(style);
    const opacity = this.globalAlpha * (mixed ? Number(mixed[2]) : 1);
    const colour = mixed ? `rgb(${mixed[1] ?? ''})` : style;
    return {
      [how]: colour,
      [`${how}-opacity`]: opacity === 1 ? undefined : String(Number(opacity.toFixed(3))),
    };
  }

  private pen(): Record<string, string | number | undefined> {
    return {
      'stroke-width': this.lineWidth,
      'stroke-linecap': this.lineCap === 'butt' ? '' : this.lineCap,
      'stroke-linejoin': this.lineJoin === 'miter' ? '' : this.lineJoin,
      'stroke-dasharray': this.dash.join(' '),
      'stroke-dashoffset': this.lineDashOffset === 0 ? undefined : this.lineDashOffset,
    };
  }

  private box(x: number, y: number, width: number, height: number): string {
    const corners = [
      this.at(x, y),
      this.at(x + width, y),
      this.at(x + width, y + height),
      this.at(x, y + height),
    ];
    return `M${corners.join('L')}Z`;
  }

  private point(x: number, y: number): [number, number] {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }

  private at(x: number, y: number): string {
    return this.point(x, y).map(round).join(' ');
  }
}

"""The log of a run as an SVG: training loss, and held-out text loss, over tokens."""

import json
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM = 760, 360, 60, 50


def _path(points: list[tuple[float, float]], colour: str, box: tuple[float, float, float, float]) -> str:
    x0, x1, y0, y1 = box
    placed = [
        (LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - 20), HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - 20))
        for x, y in points
    ]
    steps = ' '.join(f'{x:.1f},{y:.1f}' for x, y in placed)
    return f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def loss_plot(log: Path) -> str:
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    training = [(row['tokens'] / 1e6, row['loss']) for row in rows if 'loss' in row]
    held_out = [(row.get('tokens', 0) / 1e6, row['held_out']) for row in rows if 'held_out' in row]
    if len(training) < 2:
        raise SystemExit(f'{log} has fewer than two readings of the loss: nothing to plot.')
    every = training + held_out
    box = (0.0, max(x for x, _ in every), min(y for _, y in every) * 0.95, max(y for _, y in every) * 1.02)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        _path(training, '#0072b2', box), _path(held_out, '#d55e00', box),
    ]
    for i in range(5):
        x, y = box[0] + (box[1] - box[0]) * i / 4, box[2] + (box[3] - box[2]) * i / 4
        px, py = LEFT + (WIDTH - LEFT - 20) * i / 4, HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * i / 4
        parts.append(f'<text x="{px:.0f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:.1f}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{py + 4:.0f}" text-anchor="end">{y:.2f}</text>')
    parts += [
        f'<text x="{WIDTH // 2}" y="{HEIGHT - 12}" text-anchor="middle">million tokens</text>',
        f'<text x="{WIDTH - 24}" y="24" text-anchor="end" fill="#0072b2">training loss (nats a token, weighted)</text>',
        f'<text x="{WIDTH - 24}" y="42" text-anchor="end" fill="#d55e00">span corruption on held-out text</text>', '</svg>',
    ]
    return '\n'.join(parts) + '\n'

"""Span corruption as in T5 (Raffel et al. 2020): spans of a window are replaced by sentinels and asked for.

Every window of one length gives sources and targets of one length each, so a batch holds no padding.
"""

import numpy as np

EOS = 1
DENSITY, MEAN_SPAN = 0.15, 3.0


def lengths(window: int, density: float = DENSITY, mean_span: float = MEAN_SPAN) -> tuple[int, int, int, int]:
    """(hidden tokens, spans, source length, target length) of a window of `window` tokens."""
    noise = min(max(round(window * density), 1), window - 1)
    spans = max(round(noise / mean_span), 1)
    return noise, spans, window - noise + spans + 1, noise + spans + 1


def _parts(rng: np.random.Generator, rows: int, total: int, parts: int) -> np.ndarray:
    """[rows, parts] positive numbers that sum to `total`, every composition equally likely."""
    cuts = np.sort(np.argsort(rng.random((rows, total - 1)), axis=1)[:, : parts - 1] + 1, axis=1)
    edges = np.concatenate([np.zeros((rows, 1), int), cuts, np.full((rows, 1), total)], axis=1)
    return np.diff(edges, axis=1)


def corrupt(
    windows: np.ndarray, rng: np.random.Generator, vocabulary: int, density: float = DENSITY, mean_span: float = MEAN_SPAN
) -> tuple[np.ndarray, np.ndarray]:
    """windows [b, n] → sources [b, s] and targets [b, t]; the first span kept, then hidden and kept in turn."""
    rows, n = windows.shape
    noise, spans, source_length, target_length = lengths(n, density, mean_span)
    hidden = _parts(rng, rows, noise, spans)
    kept = _parts(rng, rows, n - noise, spans)
    sources = np.full((rows, source_length), EOS, np.int64)
    targets = np.full((rows, target_length), EOS, np.int64)
    for r in range(rows):
        at = s = t = 0
        window = windows[r]
        for i in range(spans):
            keep, hide, sentinel = kept[r, i], hidden[r, i], vocabulary - 1 - i
            sources[r, s : s + keep] = window[at : at + keep]
            s, at = s + keep, at + keep
            sources[r, s] = targets[r, t] = sentinel
            targets[r, t + 1 : t + 1 + hide] = window[at : at + hide]
            s, t, at = s + 1, t + 1 + hide, at + hide
    return sources, targets

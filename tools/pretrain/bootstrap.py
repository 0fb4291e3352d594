"""Intervals of scores: bootstrap over rows, seeded."""

import numpy as np

RESAMPLES = 10_000


def interval(right: list[bool], seed: int = 0) -> tuple[float, float, float]:
    """Score in per cent and its 95 % interval."""
    scores = np.array(right, float) * 100
    draws = np.random.default_rng(seed).integers(0, len(scores), (RESAMPLES, len(scores)))
    low, high = np.percentile(scores[draws].mean(1), [2.5, 97.5])
    return float(scores.mean()), float(low), float(high)


def paired_interval(ours: list[bool], theirs: list[bool], seed: int = 0) -> tuple[float, float, float]:
    """Difference of two models on the same rows, in points, and its 95 % interval (paired bootstrap)."""
    if len(ours) != len(theirs):
        raise ValueError(f'{len(ours)} and {len(theirs)} rows: a paired comparison needs the same rows.')
    differences = (np.array(ours, float) - np.array(theirs, float)) * 100
    draws = np.random.default_rng(seed).integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.percentile(differences[draws].mean(1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)

"""A bag of words as a teacher of sentiment, and texts for it to label.

With 8,000 sentences a linear model on words and pairs of words (Wang & Manning 2012: weights on naive Bayes ratios)
finds the right sentiment more often than a small transformer that reads pieces of words and soon knows the sentences
by heart. It is fitted to train rows only, and labels joined cuts of them, of which there are ever new ones.
"""

import random
import re
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F

LABELS = ('negative', 'positive')


def _features(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9']+|[!?]", text.lower())
    return set(words) | {f'{a} {b}' for a, b in zip(words, words[1:])}


class SentimentTeacher:
    def __init__(self, rows: list[dict], seed: int = 0, epochs: int = 8):
        counted = Counter(feature for row in rows for feature in sorted(_features(row['input'])))
        self.index = {feature: i for i, feature in enumerate(f for f, n in counted.items() if n >= 2)}
        bags = [self._bag(row['input']) for row in rows]
        labels = np.array([LABELS.index(row['target']) for row in rows])
        counts = np.full((2, len(self.index)), 0.5)
        for bag, label in zip(bags, labels):
            counts[label, bag] += 1
        shares = counts / counts.sum(1, keepdims=True)
        self.ratios = torch.tensor(np.log(shares[1] / shares[0]), dtype=torch.float32)
        self.weights = torch.zeros(len(self.index), requires_grad=True)
        optimizer = torch.optim.Adam([self.weights], 0.03)
        rng = np.random.default_rng(seed)
        for _ in range(epochs):
            for chosen in np.array_split(rng.permutation(len(bags)), max(1, len(bags) // 250)):
                wanted = torch.tensor(labels[chosen], dtype=torch.float32)
                loss = F.binary_cross_entropy_with_logits(self._logits([bags[i] for i in chosen]), wanted)
                loss = loss + self.weights.square().sum() / 1000
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        self.values = ((self.weights.detach() + 0.1) * self.ratios * 2).tolist()

    def _bag(self, text: str) -> list[int]:
        return sorted(self.index[f] for f in _features(text) if f in self.index)

    def _logits(self, bags: list[list[int]]) -> torch.Tensor:
        flat = torch.tensor([i for bag in bags for i in bag], dtype=torch.long)
        starts = torch.tensor(np.cumsum([0, *map(len, bags[:-1])]))
        weights = ((self.weights + 0.1) * self.ratios * 2)[:, None]
        return F.embedding_bag(flat, weights, starts, mode='sum')[:, 0] * torch.tensor([max(len(b), 1) ** -0.5 for b in bags])

    def label(self, text: str) -> tuple[str, float]:
        """The likelier sentiment, and its log odds."""
        bag = self._bag(text)
        odds = sum(self.values[i] for i in bag) / max(len(bag), 1) ** 0.5
        return LABELS[odds > 0], abs(odds)


def joined_cuts(texts: list[str], rng: random.Random) -> str:
    """Pieces of one to three texts, one after another."""
    pieces = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        words = rng.choice(texts).split(' ')
        length = rng.randint(4, 16)
        start = rng.randint(0, max(0, len(words) - length))
        pieces.append(' '.join(words[start : start + length]))
    return rng.choice((' ', ', ', '. ', ' and ')).join(pieces)

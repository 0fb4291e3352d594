"""A bag of words as a teacher of sentiment, and texts for it to label.

With 8,000 sentences a linear model on words and pairs of words (Wang & Manning 2012: weights on naive Bayes ratios)
finds the right sentiment more often than a small transformer that reads pieces of words and soon knows the sentences
by heart. It is fitted to train rows only, and labels joined cuts of them, of which there are ever new ones. VADER's
lexicon (Hutto & Gilbert 2014), people's ratings of 7,500 words, knows words that the reviews lack.
"""

import importlib.util
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

LABELS = ('negative', 'positive')
# The lexicon's weight beside the bag's: fitted to half of the train rows with a teacher of the other half.
LEXICON_WEIGHT = 0.31


def lexicon() -> dict[str, float]:
    """VADER's words and their ratings, -4 to 4."""
    found = importlib.util.find_spec('vaderSentiment')
    if not found or not found.submodule_search_locations:
        raise SystemExit('The sentiment lexicon is missing: pip install -r tools/pretrain/requirements.txt')
    lines = (Path(found.submodule_search_locations[0]) / 'vader_lexicon.txt').read_text('utf-8').splitlines()
    return {word: float(rating) for word, rating, *_ in (line.split('\t') for line in lines if line.strip())}


def _rating(text: str, ratings: dict[str, float]) -> float:
    """Summed ratings over the root of the number of words; a negation turns the next three words."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    total, turned = 0.0, 0
    for word in words:
        total += ratings.get(word, 0.0) * (-0.7 if turned else 1.0)
        turned = 3 if word in ('not', 'no', 'never', 'hardly') or word.endswith("n't") else max(0, turned - 1)
    return total / max(1, len(words)) ** 0.5


def _features(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9']+|[!?]", text.lower())
    return set(words) | {f'{a} {b}' for a, b in zip(words, words[1:])}


class SentimentTeacher:
    def __init__(self, rows: list[dict], ratings: dict[str, float] | None = None, seed: int = 0, epochs: int = 8):
        self.ratings = ratings or {}
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
        odds = sum(self.values[i] for i in bag) / max(len(bag), 1) ** 0.5 + LEXICON_WEIGHT * _rating(text, self.ratings)
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


WORD_LISTS = ('{}', 'a {} film', 'the film is {}', '{} from start to finish', 'it felt {}', 'so {}', '{} .')


def rated_words(ratings: dict[str, float], rng: random.Random) -> tuple[str, str]:
    """A few words of one sentiment, strung together, and the sentiment."""
    positive = rng.random() < 0.5
    words: list[str] = []
    wanted = rng.randint(1, 4)
    names = list(ratings)
    while len(words) < wanted:
        word = rng.choice(names)
        if word.isalpha() and (ratings[word] > 1.2 if positive else ratings[word] < -1.2):
            words.append(word)
    joined = ', '.join(words[:-1]) + (' and ' if len(words) > 1 else '') + words[-1]
    return rng.choice(WORD_LISTS).format(joined), LABELS[positive]

"""The instruction mixture: which task a row comes from, its wording, and how rows are packed into fixed shapes.

A batch is drawn from (seed, step) alone. Several examples share a row of the batch; segments keep them apart in
every attention, and T5's relative positions make a packed example equal to one that stands alone.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import corpus
from prompts import KNOWN, prompt
from spans import corrupt
from teacher import SentimentTeacher, joined_cuts, lexicon, rated_words

SOURCE, TARGET = 160, 40
ANSWERS = 26  # answer tokens of a row, on average, that the head has places for
CAP = 2_500  # examples a task counts for at most when tasks are drawn in proportion to their size


@dataclass(frozen=True)
class Shares:
    """Shares of the known public tasks, the project's own tasks and the other instructions."""

    public: float
    own: float
    other: float
    word_dropout: float = 0.05


# Within the known tasks: those with the subtler labels more often.
PUBLIC_WEIGHTS = {'moviereview': 4.5, 'dbpedia': 2.0, 'banking77': 2.5, 'bitext-intent': 1.0}
OWN_WEIGHTS = {'reviews': 1.3, 'topics': 0.9, 'commands': 0.8, 'polite': 1.0, 'follows': 1.2}
MORE = 0.75  # of the rows of an own task, those made for pretraining (rows.py) rather than its train rows


class Mixture:
    def __init__(self, data: Path, own: bool = True, more: Path | None = None):
        """`more`: the folder of rows.py's rows of the own tasks, where there are any."""
        self.rows: dict[str, list[dict]] = {}
        self.more: dict[str, list[dict]] = {}
        self.labels: dict[str, list[str]] = {}
        for task in KNOWN:
            if task in corpus.OWN_TASKS and not own:
                continue
            rows = corpus.task_rows(data, task, 'train')
            self.rows[task] = rows
            self.labels[task] = sorted({row['target'] for row in rows})
            if more and task in corpus.OWN_TASKS and (more / f'{task}.jsonl').exists():
                self.more[task] = corpus.read_jsonl(more / f'{task}.jsonl')
        self.other: dict[str, list[dict]] = {}
        for row in corpus.instructions(data):
            self.other.setdefault(row['task'], []).append(row)
        self.ratings = lexicon()
        self.teacher = SentimentTeacher(self.rows['moviereview'], self.ratings)
        self.review_texts = [row['input'] for row in self.rows['moviereview']]
        self.remarks = [(text, row['target']) for row in self.other['pros-and-cons'] for text in bare_texts(row['input'])]
        self.review_texts += [text for row in self.other['opinion-or-story'] if row['target'] == 'opinion'
                              for text in bare_texts(row['input'])]
        self.other_names = sorted(self.other)
        self.other_weights = [min(len(self.other[name]), CAP) for name in self.other_names]

    def draw(self, rng: random.Random, shares: Shares) -> tuple[str, str]:
        """One (prompt, answer)."""
        dice = rng.random() * (shares.public + shares.own + shares.other)
        if dice < shares.public + shares.own:
            weights = PUBLIC_WEIGHTS if dice < shares.public else OWN_WEIGHTS
            names = [name for name in weights if name in self.rows]
            if names:
                task = rng.choices(names, [weights[name] for name in names])[0]
                row = self._review(rng) if task == 'moviereview' else rng.choice(self._rows(task, rng))
                text = row['input']
                if task not in ('polite', 'follows') and rng.random() < 0.7:
                    text = _drop_words(text, rng, rng.random() * 2 * shares.word_dropout)
                return prompt(task, text, row['target'], self.labels[task], rng), row['target']
        row = rng.choice(self.other[rng.choices(self.other_names, self.other_weights)[0]])
        return row['input'], row['target']

    def _rows(self, task: str, rng: random.Random) -> list[dict]:
        return self.more[task] if task in self.more and rng.random() < MORE else self.rows[task]

    def _review(self, rng: random.Random) -> dict:
        """A train row; or cuts that the teacher is sure of; or remarks or words that carry sentiment too."""
        dice = rng.random()
        if dice < 0.4:
            return rng.choice(self.rows['moviereview'])
        if dice < 0.46:
            text, label = rated_words(self.ratings, rng)
            return {'input': text, 'target': label}
        if dice < 0.54:
            text, kind = rng.choice(self.remarks)
            return {'input': text, 'target': 'positive' if kind == 'advantage' else 'negative'}
        while True:
            text = joined_cuts(self.review_texts, rng)
            label, odds = self.teacher.label(text)
            if odds > 0.8:
                return {'input': text, 'target': label}


# The wordings of the instruction file, around the text that is asked about.
_WORDINGS = (
    r'Choose the right .*\nText: (.*)', r'(.*)\nWhich .* fits best\?.*', r'(.*)\n\nOptions: .*\n.*', r'Read this and name .*\n(.*)',
    r'Classify by .*\nInput: (.*)', r'What .* would you give the following\?.*\n(.*)\nAnswer:', r'.*\ntext: (.*)\n.*',
    r'Question: which of .*\n(.*)', r'What is the .* of this text\?\n(.*)', r'(.*)\nName the .*', r'Give the .*?: (.*)',
    r'.* of the following message\?\n(.*)', r'Text: (.*)\n.*',
)


def bare_texts(asked: str) -> list[str]:
    """The text in a worded row, or nothing where the wording is another."""
    for wording in _WORDINGS:
        found = re.fullmatch(wording, asked)
        if found:
            return [found[1]]
    return []


def _drop_words(text: str, rng: random.Random, share: float) -> str:
    if not share:
        return text
    words = text.split(' ')
    kept = [word for word in words if rng.random() >= share]
    return ' '.join(kept) if kept else text


def pack(examples: list[tuple[list[int], list[int]]], rows: int) -> dict[str, np.ndarray]:
    """Examples into `rows` rows, each into the first row with room for it; what finds none is left out.

    A token's weight is one over the square root of its answer's length: labels of two tokens would else drown
    in sentences.
    """
    sources, segments = np.zeros((rows, SOURCE), np.int64), np.zeros((rows, SOURCE), np.int64)
    inputs, target_segments = np.zeros((rows, TARGET), np.int64), np.zeros((rows, TARGET), np.int64)
    places, targets, weights = [], [], []
    used_s, used_t, count = [0] * rows, [0] * rows, [0] * rows
    first = 0
    for s, t in examples:
        for r in range(first, rows):
            a, b = used_s[r], used_t[r]
            if a + len(s) <= SOURCE and b + len(t) <= TARGET and len(targets) + len(t) <= rows * ANSWERS:
                count[r] += 1
                sources[r, a : a + len(s)], segments[r, a : a + len(s)] = s, count[r]
                inputs[r, b + 1 : b + len(t)], target_segments[r, b : b + len(t)] = t[:-1], count[r]
                places += range(r * TARGET + b, r * TARGET + b + len(t))
                targets += t
                weights += [len(t) ** -0.5] * len(t)
                used_s[r], used_t[r] = a + len(s), b + len(t)
                break
        while first < rows and used_s[first] > SOURCE - 16:
            first += 1
    padding = rows * ANSWERS - len(targets)
    return {
        'source': sources, 'source_segments': segments, 'inputs': inputs, 'target_segments': target_segments,
        'places': np.array(places + [0] * padding, np.int64), 'target': np.array(targets + [0] * padding, np.int64),
        'weights': np.array(weights + [0.0] * padding, np.float32),
    }


class MixtureBatches:
    """Packed instruction rows; `text_share` of them begin with a window of text with hidden spans."""

    def __init__(self, mixture: Mixture, tokenizer: Tokenizer, windows: np.ndarray, rows: int, shares: Shares,
                 text_share: float, seed: int):
        self.mixture, self.tokenizer, self.windows = mixture, tokenizer, windows
        self.rows, self.shares, self.seed = rows, shares, seed
        self.text_rows = round(rows * text_share)

    def at(self, step: int) -> dict[str, np.ndarray]:
        rng = random.Random(f'{self.seed} {step}')
        numbers = np.random.default_rng((self.seed, step, 2))
        examples = []
        if self.text_rows:
            chosen = np.sort(numbers.choice(len(self.windows), self.text_rows, replace=False))
            s, t = corrupt(np.asarray(self.windows[chosen], np.int64), numbers, self.tokenizer.get_vocab_size())
            examples = [(a.tolist(), b.tolist()) for a, b in zip(s, t)]
        drawn = [self.mixture.draw(rng, self.shares) for _ in range(self.rows * 4)]
        sources = self.tokenizer.encode_batch_fast([x for x, _ in drawn])
        targets = self.tokenizer.encode_batch_fast([y for _, y in drawn])
        for s, t in zip(sources, targets):
            if len(t.ids) <= TARGET:
                examples.append((s.ids if len(s.ids) <= SOURCE else [*s.ids[: SOURCE - 1], 1], t.ids))
        return pack(examples, self.rows)

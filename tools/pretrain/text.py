"""Text as windows of token ids: made once, kept in the state folder, read in an order that depends on the step only."""

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import corpus
from spans import corrupt

WINDOW = 88
# (source, most characters of it, times): dialogues are repetitive, task messages short and few.
SHARES = (('wiki', 40_000_000, 1), ('books', 32_000_000, 1), ('dialogue', 8_000_000, 1), ('stories', 3_000_000, 2))
TASK_TIMES = {'moviereview': 3, 'banking77': 2, 'bitext-intent': 2, 'dbpedia': 2, 'boolq': 1, 'wikisplit': 1}


def _encode(tokenizer: Tokenizer, lines: list[str]) -> np.ndarray:
    """Lines end with </s>, which the tokenizer adds, and follow one another."""
    pieces = []
    for start in range(0, len(lines), 5_000):
        for encoding in tokenizer.encode_batch_fast(lines[start : start + 5_000]):
            pieces.append(np.array(encoding.ids, np.uint16))
    return np.concatenate(pieces)


def _lines(data: Path, fraction: float) -> list[str]:
    lines: list[str] = []
    for name, most, times in SHARES:
        left = int(most * fraction)
        for line in corpus.text_lines(data, name):
            left -= len(line)
            if left < 0:
                break
            lines += [line] * times
    for task, times in TASK_TIMES.items():
        rows = corpus.task_rows(data, task, 'train')
        lines += [row['input'] for row in rows[: int(len(rows) * fraction)]] * times
    return lines


def cut(ids: np.ndarray) -> np.ndarray:
    ids = ids.reshape(-1)
    return ids[: len(ids) // WINDOW * WINDOW].reshape(-1, WINDOW)


def windows(data: Path, tokenizer: Tokenizer, state: Path, name: str, fraction: float = 1.0) -> np.ndarray:
    """[n, WINDOW] token ids of the training text; lines shuffled once, by a fixed seed. `name` is the tokenizer's."""
    file = state / f'windows-{name}-{fraction:g}.npy'
    if not file.exists():
        lines = _lines(data, fraction)
        np.random.default_rng(11).shuffle(lines)
        ids = _encode(tokenizer, lines)
        np.save(file, ids)
    return cut(np.load(file, mmap_mode='r'))


def held_out_windows(data: Path, tokenizer: Tokenizer, characters: int = 120_000) -> np.ndarray:
    """[n, WINDOW] of text no model of this recipe has seen: the same characters whatever the tokenizer."""
    lines = []
    for name in corpus.TEXTS:
        left = characters
        for line in corpus.text_lines(data, name, held_out=True):
            left -= len(line)
            if left < 0:
                break
            lines.append(line)
    return cut(_encode(tokenizer, lines))


def characters_of_pieces(tokenizer: Tokenizer) -> np.ndarray:
    """How many characters each id stands for; special ids none."""
    pieces = json.loads(tokenizer.to_str())['model']['vocab']
    return np.array([0 if piece.startswith('<') and piece.endswith('>') and len(piece) > 2 else len(piece) for piece, _ in pieces])


class SpanBatches:
    """The batch of a step: windows in a new order each epoch, spans drawn from (seed, step)."""

    def __init__(self, ids: np.ndarray, vocabulary: int, size: int, seed: int):
        self.ids, self.vocabulary, self.size, self.seed = ids, vocabulary, size, seed
        self._order: tuple[int, np.ndarray] | None = None

    def at(self, step: int) -> dict[str, np.ndarray]:
        a_epoch = len(self.ids) // self.size
        epoch, place = divmod(step, a_epoch)
        if self._order is None or self._order[0] != epoch:
            self._order = (epoch, np.random.default_rng((self.seed, epoch)).permutation(len(self.ids)))
        rows = np.sort(self._order[1][place * self.size : (place + 1) * self.size])
        rng = np.random.default_rng((self.seed, step, 1))
        source, target = corrupt(np.asarray(self.ids[rows], np.int64), rng, self.vocabulary)
        return {'source': source, 'target': target}

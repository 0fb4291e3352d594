"""Scores of answers, 0 to 100, and their 95 % intervals."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

import numpy

from .randomness import draws, stream_key

# What JavaScript counts as white space.
BLANKS = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
SYMBOLS = set("$+<=>^`|~")
# The 97.5 % quantile of the standard normal distribution.
Z = 1.959963984540054


def one_space(text: str) -> str:
    return BLANKS.sub(" ", text).strip(" ")


def without_punctuation(text: str) -> str:
    return "".join(c for c in text if c not in SYMBOLS and not unicodedata.category(c).startswith("P"))


def normalise_answer(text: str) -> str:
    """NFKC, lower case, punctuation deleted, blanks collapsed; a text of nothing but punctuation is kept."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return one_space(without_punctuation(folded)) or one_space(folded)


def squad_words(text: str) -> list[str]:
    """SQuAD's form: as above, and without the words a, an and the."""
    folded = without_punctuation(unicodedata.normalize("NFKC", text).lower())
    return one_space(re.sub(r"(?<!\w)(?:a|an|the)(?!\w)", " ", folded)).split()


def exact_match(answer: str, references: Sequence[str]) -> float:
    given = normalise_answer(answer)
    return 100.0 if any(normalise_answer(reference) == given for reference in references) else 0.0


def token_f1(answer: str, references: Sequence[str]) -> float:
    """F1 of the words that answer and reference share, the best over the references (Rajpurkar et al. 2016)."""

    def pair(given: list[str], wanted: list[str]) -> float:
        if not given or not wanted:
            return 100.0 if len(given) == len(wanted) else 0.0
        common = sum((Counter(given) & Counter(wanted)).values())
        if common == 0:
            return 0.0
        precision, recall = common / len(given), common / len(wanted)
        return 100 * 2 * precision * recall / (precision + recall)

    given = squad_words(answer)
    return max(pair(given, squad_words(reference)) for reference in references)


def rouge(kind: str) -> Callable[[str, Sequence[str]], float]:
    """Google's own rouge_score, with its stemmer; the best over the references."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer([kind], use_stemmer=True)
    return lambda answer, references: 100 * max(scorer.score(r, answer)[kind].fmeasure for r in references)


ROUGE = {"rouge-1": "rouge1", "rouge-2": "rouge2", "rouge-l": "rougeL", "rouge-lsum": "rougeLsum"}


def answer_metric(name: str) -> Callable[[str, Sequence[str]], float] | None:
    """None for `loss`, which is measured without an answer."""
    if name == "loss":
        return None
    if name in ROUGE:
        return rouge(ROUGE[name])
    return {"exact-match": exact_match, "token-f1": token_f1}[name]


def wilson(successes: int, n: int) -> dict:
    """Wilson's score interval of a share, in percent (Wilson 1927)."""
    if n == 0:
        return {"value": 0, "low": 0, "high": 100, "n": 0}
    p = successes / n
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return {
        "value": 100 * p,
        "low": 100 * max(0, min(p, centre - half)),
        "high": 100 * min(1, max(p, centre + half)),
        "n": n,
    }


def bootstrap(values: Sequence[float], weights: Sequence[float] | None = None, resamples: int = 1000, seed: int = 0) -> dict:
    """Percentile bootstrap of a weighted mean, with the page's draws (Efron & Tibshirani 1993)."""
    n = len(values)
    if n == 0:
        return {"value": 0, "low": 0, "high": 0, "n": 0}
    w = numpy.ones(n) if weights is None else numpy.asarray(weights, dtype=numpy.float64)
    v = numpy.asarray(values, dtype=numpy.float64) * w

    def mean_of(rows) -> float:
        weight = w[rows].sum()
        return float(v[rows].sum() / weight) if weight else 0.0

    means = [mean_of(numpy.floor(draws(stream_key(seed, r), n) / 2**32 * n).astype(int)) for r in range(resamples)]
    value = mean_of(slice(None))
    low, high = numpy.quantile(means, [0.025, 0.975])
    return {"value": value, "low": min(value, float(low)), "high": max(value, float(high)), "n": n}

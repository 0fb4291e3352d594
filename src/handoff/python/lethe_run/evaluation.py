"""Scores a task on fixed rows: the teacher-forced loss, its own metric on generated answers, and what it knows."""

from dataclasses import dataclass

from .learner import Learner
from .order import EVALUATION_SEED
from .outcomes import pack_bits, pack_codes, pack_floats
from .randomness import shuffled
from .scores import answer_metric, bootstrap, exact_match, normalise_answer, wilson
from .tasks import Codec, Row, Task, Tokens


@dataclass
class Evaluated:
    score: dict
    # Mean loss, nats a target token.
    loss: float
    answers: list[str | None]
    # An exact match, or at least half of a graded score.
    right: list[bool]
    points: list[float]
    nats_a_token: list[float]
    # Share of answers, 0 to 100, that are one of the task's labels.
    inside: float | None
    knowledge: dict | None


def batches_by_length(rows: list[Tokens], size: int) -> list[list[int]]:
    """Row numbers in batches of similar length, longest first."""
    order = sorted(range(len(rows)), key=lambda i: (-len(rows[i].source), i))
    return [order[start : start + size] for start in range(0, len(order), size)]


def losses_of(learner: Learner, rows: list[Tokens], size: int) -> list[float]:
    """Nats of each row, in the order given."""
    batches = batches_by_length(rows, size)
    found = learner.row_losses([[rows[i] for i in batch] for batch in batches])
    nats = [0.0] * len(rows)
    for batch, losses in zip(batches, found):
        for i, loss in zip(batch, losses):
            nats[i] = loss
    return nats


def evaluate(learner: Learner, codec: Codec, task: Task, rows: list[Row], config: dict, samples: int, knowledge: dict | None) -> Evaluated:
    """samples: first rows that need an answer even when the metric reads none. knowledge: the config's, or None."""
    settings = config["evaluation"]
    size = settings["batchSize"]
    tokens = [row.tokens for row in rows]
    nats = losses_of(learner, tokens, size)
    metric = answer_metric(task.metric)
    answers: list[str | None] = [None] * len(rows)
    asked = [[i for i in batch if metric or i < samples] for batch in batches_by_length(tokens, size)]
    asked = [batch for batch in asked if batch]
    prompts = [[tokens[i].source for i in batch] for batch in asked]
    for batch, found in zip(asked, learner.generate(prompts, settings["maxNewTokens"], settings["beams"])):
        for i, ids in zip(batch, found):
            answers[i] = codec.decode(ids)
    scorer = metric or exact_match
    points = [0.0 if a is None else scorer(a, row.references) for a, row in zip(answers, rows)]
    lengths = [len(t.target) for t in tokens]
    a_token = [n / max(1, length) for n, length in zip(nats, lengths)]
    if task.metric == "loss":
        score = bootstrap(a_token, lengths)
    elif task.metric == "exact-match":
        score = wilson(sum(p == 100 for p in points), len(rows))
    else:
        score = bootstrap(points)
    inside = None
    if task.labels is not None:
        held = [a is not None and normalise_answer(a) in task.labels for a in answers]
        inside = 100 * sum(held) / max(1, len(held))
    right = [p >= 50 for p in points]
    known = label_knowledge(learner, task, rows, knowledge, size, right) if knowledge else None
    loss = sum(nats) / max(1, sum(lengths))
    return Evaluated(score, loss, answers, right, points, a_token, inside, known)


def compared(candidates: list, right: set[str], row: int, most: int) -> list:
    """The labels compared for a row: those that are right, then others, drawn alike at every stage of every run."""
    if len(candidates) <= most:
        return candidates
    wrong = [i for i, (label, _) in enumerate(candidates) if label not in right]
    kept = set(range(len(candidates))) - set(wrong)
    room = max(1, most - len(kept))
    kept |= {wrong[i] for i in shuffled(len(wrong), EVALUATION_SEED, row)[:room]}
    return [candidate for i, candidate in enumerate(candidates) if i in kept]


def label_knowledge(learner: Learner, task: Task, rows: list[Row], settings: dict, size: int, said: list[bool]) -> dict | None:
    """Accuracy when the answer is the label with the highest log-likelihood a token, and format loss beside it."""
    asked = rows[: settings["examples"]]
    if len(task.candidates) < 2 or not asked:
        return None
    right = [{normalise_answer(reference) for reference in row.references} for row in asked]
    pairs = [
        (i, label, Tokens(row.tokens.source, ids))
        for i, row in enumerate(asked)
        for label, ids in compared(task.candidates, right[i], i, settings["labels"])
    ]
    nats = losses_of(learner, [tokens for _, _, tokens in pairs], size)
    best: list[tuple[float, str]] = [(float("inf"), "")] * len(asked)
    # Ties go to the one that the page's batches come to first: of the same row the earlier candidate.
    for (i, label, tokens), n in zip(pairs, nats):
        if n / max(1, len(tokens.target)) < best[i][0]:
            best[i] = (n / max(1, len(tokens.target)), label)
    known = [label in right[i] for i, (_, label) in enumerate(best)]
    score = wilson(sum(known), len(known))
    return {
        "score": score,
        "formatLoss": score["value"] - 100 * sum(said[: len(known)]) / len(known),
        "labels": {"compared": min(settings["labels"], len(task.candidates)), "all": len(task.candidates)},
    }


def code_of(labels: list[str]):
    """From a text to its place in the labels, counted from 1, or 0."""
    codes = {label: i + 1 for i, label in enumerate(labels)}
    return lambda text: codes.get(normalise_answer(text or ""), 0)


def test_score(task: Task, evaluated: Evaluated, labels: list[str]) -> dict:
    """An entry of the accuracy matrix."""
    code = code_of(labels)
    outcomes = {"right": pack_bits(evaluated.right)}
    if task.metric == "loss":
        outcomes["nats"] = pack_floats(evaluated.nats_a_token)
    else:
        outcomes["answers"] = pack_codes(code(answer) for answer in evaluated.answers)
        if task.metric != "exact-match":
            outcomes["points"] = pack_codes(int(100 * points + 0.5) for points in evaluated.points)
    entry = {"task": task.id, "metric": task.metric, "score": evaluated.score, "loss": evaluated.loss}
    if evaluated.inside is not None:
        entry["insideLabelSet"] = evaluated.inside
    if evaluated.knowledge:
        entry["knowledge"] = evaluated.knowledge
    return {**entry, "outcomes": outcomes}

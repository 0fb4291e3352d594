"""From worded examples to token ids: what a plan trains on and what it is scored on."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from .order import evaluation_sample
from .scores import normalise_answer

PARTS = ("train", "validation", "test")
# More kinds of answers than this, or fewer than two rows to each, is free text and no label set.
MOST_LABELS = 200


@dataclass
class Tokens:
    """An example as token ids, each side ending in </s>."""

    source: list[int]
    target: list[int]


@dataclass
class Row:
    """A row that is scored."""

    prompt: str
    references: list[str]
    tokens: Tokens


@dataclass
class Task:
    id: str
    name: str
    metric: str
    train: list[Tokens]
    validation: list[Row]
    test: list[Row]
    test_rows: int
    # Every answer in the form of `normalise_answer`; None when answers are free text.
    labels: set[str] | None
    # Each label with the ids of how it is most often written.
    candidates: list[tuple[str, list[int]]]
    truncated: dict = field(default_factory=dict)


def truncate(ids: list[int], most: int) -> list[int]:
    """Keeps the last token, which is </s>."""
    return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]


def references_of(example: dict) -> list[str]:
    return example.get("targets") or [example["target"]]


def read_jsonl(file: Path) -> list[dict]:
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SystemExit(f"{file}, line {number}, column {error.colno}: expected JSON; {error.msg}") from None
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("input", "target")):
            raise SystemExit(f'{file}, line {number}: expected an object with the texts "input" and "target"')
        rows.append(row)
    return rows


def label_set(metric: str, examples: list[dict]) -> dict[str, None] | None:
    """The labels of a task that is scored by exact match and has a small closed set of answers, in their order."""
    if metric != "exact-match":
        return None
    labels: dict[str, None] = {}
    for example in examples:
        for reference in references_of(example):
            labels[normalise_answer(reference)] = None
        if len(labels) > MOST_LABELS:
            return None
    return labels if 2 * len(labels) <= len(examples) else None


def candidates_of(examples: list[dict]) -> dict[str, str]:
    """Each label as the task writes it most often; of equals the one that comes first."""
    written: dict[str, int] = {}
    for example in examples:
        for text in references_of(example):
            written[text] = written.get(text, 0) + 1
    best: dict[str, str] = {}
    for text, count in written.items():
        label = normalise_answer(text)
        if label not in best or count > written[best[label]]:
            best[label] = text
    return best


class Codec:
    """Text to ids and back, by the tokenizer in the model's folder."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def encode(self, text: str) -> list[int]:
        ids = self.tokenizer(text, verbose=False).input_ids
        end = self.tokenizer.eos_token_id
        return ids if ids and ids[-1] == end else [*ids, end]

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True).strip()


def prepare_task(task: dict, folder: Path, codec: Codec, config: dict, trained: bool) -> Task:
    """Reads `folder`/train.jsonl and so on, tokenises what the run will read, and counts what the limits cut."""
    parts = {part: read_jsonl(folder / f"{part}.jsonl") for part in PARTS}
    for part in PARTS:
        if not parts[part] and (part != "train" or trained):
            raise SystemExit(f"{folder / part}.jsonl: expected at least one row")
    cut = {"source": 0, "target": 0, "rows": 0}

    def tokenise(example: dict) -> Tokens:
        source, target = codec.encode(example["input"]), codec.encode(example["target"])
        long = len(source) > config["maxSourceTokens"], len(target) > config["maxTargetTokens"]
        for key, cutting in zip(cut, (*long, any(long))):
            cut[key] += cutting
        return Tokens(truncate(source, config["maxSourceTokens"]), truncate(target, config["maxTargetTokens"]))

    def scored(part: str, count: int) -> list[Row]:
        return [Row(e["input"], references_of(e), tokenise(e)) for e in evaluation_sample(parts[part], count)]

    every = [example for part in PARTS for example in parts[part]]
    labels = label_set(task["metric"], every)
    written = candidates_of(every) if labels is not None else {}
    evaluation = config["evaluation"]
    return Task(
        id=task["id"],
        name=task["name"],
        metric=task["metric"],
        train=[tokenise(example) for example in parts["train"]] if trained else [],
        validation=scored("validation", evaluation["examples"]),
        test=scored("test", evaluation["testExamples"]),
        test_rows=len(parts["test"]),
        labels=None if labels is None else set(labels),
        candidates=[(label, truncate(codec.encode(text), config["maxTargetTokens"])) for label, text in written.items()],
        truncated={"task": task["id"], **cut},
    )

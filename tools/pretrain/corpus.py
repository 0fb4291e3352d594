"""What the model is trained on: the open files of the data folder, and what is held out of them.

Only files whose terms allow a shipped model are named here. A line of text belongs to the held-out part when its
checksum says so, hence for every tokenizer, size and run alike.
"""

import gzip
import json
import os
import random
import zlib
from pathlib import Path
from typing import Iterable, Iterator

TEXTS = ('wiki', 'books', 'dialogue', 'stories')
KNOWN_TASKS = ('moviereview', 'dbpedia', 'banking77', 'bitext-intent')
OTHER_TASKS = ('boolq', 'e2e', 'wikisplit', 'bitext-response')
OWN_TASKS = ('reviews', 'topics', 'commands', 'polite', 'follows')
HELD_OUT_ONE_IN = 200
PROJECT = Path(__file__).resolve().parents[2]


def data_folder(given: str | None) -> Path:
    name = given or os.environ.get('LETHE_DATA')
    if not name:
        raise SystemExit('Say where the data folder is: --data FOLDER, or the environment variable LETHE_DATA.')
    folder = Path(name)
    if not (folder / 'pretrain').is_dir() or not (folder / 'tasks').is_dir():
        raise SystemExit(f'{folder} is no data folder: it must hold pretrain/ and tasks/.')
    return folder


def inventory(data: Path) -> list[tuple[str, int | None]]:
    """Every file that training reads, with its number of lines; None for one that is not there."""
    names = [f'pretrain/text-{name}.txt.gz' for name in TEXTS] + ['pretrain/instructions-open.jsonl.gz']
    names += [f'tasks/{task}/{part}.jsonl' for task in KNOWN_TASKS for part in ('train', 'validation', 'test')]
    found: list[tuple[str, int | None]] = []
    for name in names:
        path = data / name
        if not path.exists():
            found.append((name, None))
            continue
        with gzip.open(path, 'rb') if path.suffix == '.gz' else open(path, 'rb') as file:
            found.append((name, sum(1 for _ in file)))
    return found


def is_held_out(line: str) -> bool:
    return zlib.crc32(line.encode()) % HELD_OUT_ONE_IN == 0


def text_lines(data: Path, name: str, held_out: bool = False) -> Iterator[str]:
    with gzip.open(data / 'pretrain' / f'text-{name}.txt.gz', 'rt', encoding='utf-8') as file:
        for line in file:
            line = line.rstrip('\n')
            if is_held_out(line) == held_out:
                yield line


def read_jsonl(path: Path) -> list[dict]:
    rows = []
    with (gzip.open(path, 'rt', encoding='utf-8') if path.suffix == '.gz' else open(path, encoding='utf-8')) as file:
        for number, line in enumerate(file, 1):
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise SystemExit(f'{path}, line {number}, column {error.colno}: no JSON object ({error.msg}).')
    return rows


def instructions(data: Path) -> list[dict]:
    return read_jsonl(data / 'pretrain' / 'instructions-open.jsonl.gz')


def task_rows(data: Path, task: str, part: str) -> list[dict]:
    """Rows of a data-folder task, or of one of this project's own sample tasks."""
    folder = PROJECT / 'public' / 'tasks' if task in OWN_TASKS else data / 'tasks'
    return read_jsonl(folder / task / f'{part}.jsonl')


def tokenizer_sample(data: Path) -> Iterable[str]:
    """About 25 MB in which every kind of text occurs, short task messages more than their share."""
    budget = {'wiki': 7_000_000, 'books': 5_000_000, 'dialogue': 1_000_000, 'stories': 600_000}
    for name in TEXTS:
        left = budget[name]
        for line in text_lines(data, name):
            left -= len(line)
            if left < 0:
                break
            yield line
    rows = instructions(data)
    random.Random(7).shuffle(rows)
    for row in rows[:40_000]:
        yield row['input']
        yield row['target']
    for task in KNOWN_TASKS:
        for row in task_rows(data, task, 'train'):
            yield row['input']
            yield row['target']

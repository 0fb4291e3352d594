"""Which examples are seen when: pure functions of the seed, the same as in the page."""

import math
from collections.abc import Sequence

from .randomness import draw, shuffled, stream_key

# Evaluation samples are drawn with this seed whatever the run's own, so that all runs are scored on the same rows.
EVALUATION_SEED = 20_240_501
# What the keys of methods' own draws begin with, and what each draw is for.
METHOD_DRAWS = 0x6D657468
RESERVOIR, REPLAY, FISHER, LABELS, MIXING = 1, 2, 4, 5, 6
# The one band of joint training.
ALL_TASKS = "*"


def rounded(x: float) -> int:
    """Halves up, as JavaScript rounds."""
    return math.floor(x + 0.5)


def evaluation_sample(rows: Sequence, count: int) -> list:
    """The rows of a part that stand for it: all of them, or a fixed sample, in a fixed order."""
    return [rows[i] for i in shuffled(len(rows), EVALUATION_SEED)[:count]]


def drawn(n: int, count: int, seed: int, *counters: int) -> list[int]:
    """`count` different ones of 0..n−1, all of them when there are no more."""
    return shuffled(n, seed, METHOD_DRAWS, *counters)[:count]


def stage_steps(stage: dict, train_rows: int, batch_size: int) -> int:
    """Optimiser steps of a stage; part of a batch at the end of the last epoch counts as a step."""
    if stage.get("steps") is not None:
        return stage["steps"]
    return max(1, math.ceil(stage["epochs"] * train_rows / batch_size))


def bands_of(config: dict, train_rows: dict[str, int]) -> list[dict]:
    """Which steps, counted from 0 over the run, train which task."""
    bands, start = [], 0
    for number, stage in enumerate(config["plan"]["stages"], 1):
        end = start + stage_steps(stage, train_rows[stage["task"]], config["batchSize"])
        bands.append({"stage": number, "task": stage["task"], "from": start, "to": end})
        start = end
    if config["method"]["name"] == "joint":
        return [{"stage": 1, "task": ALL_TASKS, "from": 0, "to": start}]
    return bands


def evaluation_steps(bands: list[dict], every: int) -> set[int]:
    """Steps at which the curve has points: before training, every `every` steps, and at the end of each stage."""
    total = bands[-1]["to"]
    return {0, *(band["to"] for band in bands), *range(every, total + 1, every)}


class ExampleOrder:
    """The order of a task's training examples: epochs are shuffled one by one and laid end to end."""

    def __init__(self, total: int, seed: int, stage: int):
        self.total, self.seed, self.stage = total, seed, stage
        self.epoch, self.order = -1, []

    def rows(self, start: int, count: int) -> list[int]:
        """Those of the places `start`, counted from 0, to `start + count − 1`."""
        return [self.row(place) for place in range(start, start + count)]

    def row(self, place: int) -> int:
        epoch, within = divmod(place, self.total)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, shuffled(self.total, self.seed, self.stage, epoch)
        return self.order[within]


def mixing_rates(sizes: list[int], settings: dict) -> list[float]:
    """How often each task is due: by its rows, min(rows, cap), or min(rows, cap)^(1/temperature) (Raffel et al. 2020)."""

    def weight(size: int) -> float:
        if settings["mixing"] == "proportional":
            return size
        capped = min(size, settings["cap"])
        return capped if settings["mixing"] == "capped" else capped ** (1 / settings["temperature"])

    weights = [weight(size) for size in sizes]
    return [w / sum(weights) for w in weights]


class MixtureOrder:
    """Rows of several tasks laid end to end; each place goes to a task drawn by its rate, and to its next row."""

    def __init__(self, orders: list, sizes: list[int], settings: dict, seed: int, *counters: int):
        self.orders, self.rates = orders, mixing_rates(sizes, settings)
        self.offsets = [sum(sizes[:i]) for i in range(len(sizes))]
        self.key = stream_key(seed, METHOD_DRAWS, *counters)
        self.place, self.taken = 0, [0] * len(orders)

    def rows(self, start: int, count: int) -> list[int]:
        if start < self.place:
            # How far each task has come is known only from the beginning.
            self.place, self.taken = 0, [0] * len(self.orders)
        while self.place < start:
            self.next()
        found = []
        for _ in range(count):
            member, place = self.next()
            found.append(self.offsets[member] + self.orders[member].row(place))
        return found

    def row(self, place: int) -> int:
        return self.rows(place, 1)[0]

    def next(self) -> tuple[int, int]:
        share = draw(self.key, self.place) / 2**32
        self.place += 1
        total, member = 0.0, len(self.rates) - 1
        for i, rate in enumerate(self.rates):
            total += rate
            if total > share:
                member = i
                break
        place = self.taken[member]
        self.taken[member] += 1
        return member, place


def reservoir_place(index: int, capacity: int, seed: int, stream: int) -> int | None:
    """The place in a reservoir for example number `index` of a stream, None when it is passed over (Vitter 1985)."""
    if index < capacity:
        return index
    key = stream_key(seed, METHOD_DRAWS, RESERVOIR, stream)
    place = math.floor(draw(key, index) / 2**32 * (index + 1))
    return place if place < capacity else None


class Memory:
    """Examples kept of each stage, as (stage, row): each is offered once, when it is first trained on."""

    def __init__(self, settings: dict):
        self.settings = settings
        self.kept: dict[int, list[tuple[int, int]]] = {}
        self.offered: dict[int, int] = {}
        self.stage, self.position = 1, 0

    def earlier(self, stages: list, stage: int, step: int, batch_size: int, seed: int) -> list[tuple[int, int]]:
        """What is kept of stages before `stage`, after `step` of its own steps."""
        while True:
            data = stages[self.stage - 1]
            steps = data.steps if self.stage < stage else step
            rows = len(data.train)
            # Later epochs bring nothing new.
            for place in range(self.position, min(steps * batch_size, rows)):
                self.offer((self.stage, data.order.row(place)), rows, seed)
                self.position = place + 1
            if self.stage == stage:
                break
            self.stage, self.position = self.stage + 1, 0
        return [item for items in self.kept.values() for item in items if item[0] < stage]

    def offer(self, item: tuple[int, int], rows: int, seed: int) -> None:
        settings = self.settings
        sizes = {"reservoir": settings["capacity"], "count": settings["count"], "share": rounded(settings["share"] * rows)}
        stream = 0 if settings["memory"] == "reservoir" else item[0]
        index = self.offered.get(stream, 0)
        self.offered[stream] = index + 1
        place = reservoir_place(index, sizes[settings["memory"]], seed, stream)
        if place is None:
            return
        kept = self.kept.setdefault(stream, [])
        kept[place : place + 1] = [item]

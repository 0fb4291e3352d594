"""Methods of continual learning, one class each: what a step is, and what is kept between stages (docs/methods.md)."""

from dataclasses import dataclass

import torch

from .learner import Learner
from .order import FISHER, LABELS, METHOD_DRAWS, MIXING, REPLAY, ExampleOrder, Memory, MixtureOrder, drawn, rounded
from .randomness import draw, stream_key
from .tasks import Tokens


@dataclass
class StageData:
    """What a stage trains on, in which order, for how many optimiser steps."""

    task: str
    train: list[Tokens]
    order: ExampleOrder | MixtureOrder
    steps: int


@dataclass
class Context:
    learner: Learner
    stages: list[StageData]
    batch_size: int
    seed: int
    # Counted from 1.
    stage: int
    # Counted from 0 within the stage.
    step: int

    @property
    def data(self) -> StageData:
        return self.stages[self.stage - 1]

    def due(self) -> list[Tokens]:
        """The examples of the stage's own task that are due."""
        return [self.data.train[row] for row in self.data.order.rows(self.step * self.batch_size, self.batch_size)]


class Sequential:
    """Plain fine-tuning on one task after the other. Joint training is the same on a mixture of all tasks."""

    def __init__(self, settings: dict):
        self.settings = settings

    def step(self, context: Context) -> float:
        return context.learner.step(self.examples(context))

    def examples(self, context: Context) -> list[Tokens]:
        """Those of a step, in order."""
        return context.due()

    def end(self, context: Context) -> None:
        """After the last step of a stage and before it is scored."""


class MultiTask(Sequential):
    """Multi-task continuation: a share of the rows comes from the earlier tasks, whose data are still there.

    A share that comes to no whole number of rows is kept over the steps.
    """

    old: tuple[int, MixtureOrder, list[Tokens]] | None = None

    def examples(self, context: Context) -> list[Tokens]:
        earlier = context.stages[: context.stage - 1]
        size = context.batch_size
        rate = min(size - 1, self.settings["share"] * size) if earlier else 0
        if rate == 0:
            return context.due()
        if self.old is None or self.old[0] != context.stage:
            sizes = [len(data.train) for data in earlier]
            # A stage number that no stage of training has: rows come in another order than the first time.
            orders = [ExampleOrder(n, context.seed, (1 << 16) * context.stage + i) for i, n in enumerate(sizes)]
            mixture = MixtureOrder(orders, sizes, self.settings, context.seed, MIXING, context.stage)
            self.old = (context.stage, mixture, [row for data in earlier for row in data.train])
        _, order, rows = self.old
        before, after = rounded(context.step * rate), rounded((context.step + 1) * rate)
        own = context.data.order.rows(context.step * size - before, size - (after - before))
        return [
            *(context.data.train[row] for row in own),
            *(rows[row] for row in order.rows(before, after - before)),
        ]


class Replay(Sequential):
    """Experience replay: each batch is joined by a draw of kept examples of the earlier tasks (Rolnick et al. 2019)."""

    def __init__(self, settings: dict):
        super().__init__(settings)
        self.memory = Memory(settings)

    def examples(self, context: Context) -> list[Tokens]:
        stages, stage, step, seed = context.stages, context.stage, context.step, context.seed
        kept = self.memory.earlier(stages, stage, step, context.batch_size, seed)
        wanted = rounded(self.settings["ratio"] * context.batch_size)
        replayed = [kept[place] for place in drawn(len(kept), wanted, seed, REPLAY, stage, step)]
        return [*context.due(), *(stages[of - 1].train[row] for of, row in replayed)]


class Ewc(Sequential):
    """Elastic weight consolidation: λ/2 · Σ F (θ − θ*)² (Kirkpatrick et al. 2017; online: Schwarz et al. 2018).

    F is the mean over `samples` training rows of the squared gradient of −log p(answer | prompt).
    """

    def __init__(self, settings: dict):
        super().__init__(settings)
        # Pairs of the Fisher matrix's diagonal and the weights it was taken at.
        self.kept: list[tuple[list[torch.Tensor], list[torch.Tensor]]] = []

    def step(self, context: Context) -> float:
        strength = self.settings["lambda"]

        def penalise() -> None:
            for fisher, centre in self.kept if strength > 0 else []:
                for p, f, c in zip(context.learner.parameters, fisher, centre):
                    p.grad.add_(f * (p.detach() - c), alpha=strength)

        return context.learner.step(self.examples(context), penalise)

    def end(self, context: Context) -> None:
        # Nothing comes after the last stage that its weights could be protected from.
        if context.stage == len(context.stages):
            return
        learner, seed, stage, train = context.learner, context.seed, context.stage, context.data.train
        labels = stream_key(seed, METHOD_DRAWS, LABELS, stage)
        sampled = self.settings["fisher"] == "sampled"
        rows = drawn(len(train), self.settings["samples"], seed, FISHER, stage)
        fisher = learner.fisher([(train[row], draw(labels, i) if sampled else None) for i, row in enumerate(rows)])
        if self.settings["mode"] == "online" and self.kept:
            for new, old in zip(fisher, self.kept[0][0]):
                new.add_(old, alpha=self.settings["gamma"])
            self.kept = []
        self.kept.append((fisher, learner.copy()))
        learner.holds(2 * len(self.kept))


METHODS = {"sequential": Sequential, "joint": Sequential, "multi-task": MultiTask, "replay": Replay, "ewc": Ewc}


def create_method(settings: dict) -> Sequential:
    if settings["name"] not in METHODS:
        raise SystemExit(f"run.json: method.name is {settings['name']!r}; expected one of {', '.join(METHODS)}")
    return METHODS[settings["name"]](settings)

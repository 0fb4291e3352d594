"""Runs a plan: scores every task before training, trains the stages one after the other, and scores again."""

import math
import statistics
import time
from collections.abc import Callable

from .evaluation import evaluate, test_score
from .learner import Learner
from .methods import Context, StageData, create_method
from .metrics import metrics_of_record
from .order import ALL_TASKS, ExampleOrder, MixtureOrder, evaluation_steps
from .record import add_answers, add_lost, timing_of
from .tasks import Codec, Task

# Steps behind the median time of a step.
MOST_STEP_TIMES = 101


class Diverged(Exception):
    """The loss is no number any more."""


def stages_of(config: dict, tasks: list[Task], bands: list[dict]) -> list[StageData]:
    seed, method = config["seed"], config["method"]
    if method["name"] == "joint":
        members = tasks[: len(config["plan"]["stages"])]
        sizes = [len(task.train) for task in members]
        orders = [ExampleOrder(size, seed, i + 1) for i, size in enumerate(sizes)]
        rows = [row for task in members for row in task.train]
        return [StageData(ALL_TASKS, rows, MixtureOrder(orders, sizes, method, seed), bands[0]["to"])]
    by_id = {task.id: task for task in tasks}
    return [
        StageData(band["task"], train, ExampleOrder(len(train), seed, band["stage"]), band["to"] - band["from"])
        for band in bands
        for train in [by_id[band["task"]].train]
    ]


class PlanRun:
    def __init__(self, record: dict, tasks: list[Task], learner: Learner, codec: Codec, tell: Callable[[str], None], save: Callable[[int], None]):
        """tasks: those of the plan, stages then watched. save: called after each stage, 0 first."""
        self.record, self.tasks, self.learner, self.codec = record, tasks, learner, codec
        self.tell, self.save = tell, save
        self.config = record["config"]
        record["cost"] = learner.cost
        self.stages = stages_of(self.config, tasks, record["bands"])
        self.method = create_method(self.config["method"])

    def run(self) -> None:
        record = self.record
        self.add_points(0)
        self.add_row(0)
        self.save(0)
        for band in record["bands"]:
            self.train(band)
            self.add_points(band["stage"])
            self.add_row(band["stage"])
            self.save(band["stage"])
        self.relearn()
        record["status"] = "finished"

    def train(self, band: dict) -> None:
        record, learner, seed = self.record, self.learner, self.config["seed"]
        timing = timing_of(record, band["stage"])
        steps = band["to"] - band["from"]
        due = evaluation_steps(record["bands"], self.config["evaluation"]["everySteps"])
        context = Context(learner, self.stages, self.config["batchSize"], seed, band["stage"], 0)
        learner.begin_stage(steps)
        times: list[float] = []
        for step in range(steps):
            if step > 0 and record["step"] in due:
                self.add_points(band["stage"])
            start = time.perf_counter()
            context.step = step
            loss = self.method.step(context)
            if not math.isfinite(loss):
                raise Diverged(f"the loss of step {record['step'] + 1} is {loss}; a lower learning rate may help")
            record["losses"].append(loss)
            record["step"] += 1
            times = [*times[1 - MOST_STEP_TIMES :], time.perf_counter() - start]
            timing["trainSeconds"] += times[-1]
            timing["stepSeconds"] = statistics.median(times)
            if record["step"] % 10 == 0 or step + 1 == steps:
                self.tell(f"step {record['step']} of {record['totalSteps']}: loss {loss:.4f}")
        start = time.perf_counter()
        self.method.end(context)
        timing["trainSeconds"] += time.perf_counter() - start

    def add_points(self, stage: int) -> None:
        """Scores every task on its validation rows: the curve."""
        record, start = self.record, time.perf_counter()
        for task in self.tasks:
            if any(p["step"] == record["step"] and p["task"] == task.id for p in record["evaluations"]):
                continue
            point = {"step": record["step"], "stage": stage, "task": task.id, **self.validation_score(task)}
            record["evaluations"].append(point)
        timing_of(record, stage)["evaluationSeconds"] += time.perf_counter() - start

    def validation_score(self, task: Task) -> dict:
        found = evaluate(self.learner, self.codec, task, task.validation, self.config, 0, None)
        if not math.isfinite(found.loss):
            raise Diverged(f"the loss on {task.name} is {found.loss} after step {self.record['step']}")
        return {"score": found.score, "loss": found.loss}

    def add_row(self, stage: int) -> None:
        """Scores every task on its test rows: a row of the accuracy matrix."""
        record, settings, start = self.record, self.config["evaluation"], time.perf_counter()
        found = [
            evaluate(self.learner, self.codec, task, task.test, self.config, settings["samples"], settings["knowledge"])
            for task in self.tasks
        ]
        scores = [test_score(task, e, record["labels"]) for task, e in zip(self.tasks, found)]
        record["matrix"].append({"stage": stage, "step": record["step"], "scores": scores})
        for task, evaluated in zip(self.tasks, found):
            add_answers(record, task, evaluated, settings["samples"], stage)
            add_lost(record, task, evaluated, stage, settings["samples"])
        record["metrics"] = metrics_of_record(record)
        timing_of(record, stage)["evaluationSeconds"] += time.perf_counter() - start
        listed = ", ".join(f"{score['task']} {score['score']['value']:.1f}" for score in scores)
        self.tell(f"R after stage {stage}, step {record['step']}: {listed}")

    def relearn(self) -> None:
        """Learns each earlier task again by plain steps, from the weights that the plan ended with: savings."""
        plan = self.config["plan"].get("relearn")
        if not plan or self.config["method"]["name"] == "joint":
            return
        record, learner, size = self.record, self.learner, self.config["batchSize"]
        before, record["relearning"] = learner.copy(), []
        # Learning again is no part of what the method cost.
        cost = dict(learner.cost)
        by_id = {task.id: task for task in self.tasks}
        due = evaluation_steps([{"from": 0, "to": plan["steps"]}], self.config["evaluation"]["everySteps"])
        for data in self.stages[:-1]:
            task = by_id[data.task]
            points = [{"step": 0, **self.validation_score(task)}]
            learner.begin_stage(plan["steps"])
            for step in range(plan["steps"]):
                learner.step([data.train[row] for row in data.order.rows(step * size, size)])
                if step + 1 in due:
                    points.append({"step": step + 1, **self.validation_score(task)})
            record["relearning"].append({"task": task.id, "points": points})
            learner.restore(before)
            self.tell(f"learnt {task.name} again")
        learner.cost.update(cost)
        record["metrics"] = metrics_of_record(record)

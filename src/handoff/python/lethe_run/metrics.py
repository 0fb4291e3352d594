"""Measures of an accuracy matrix and of learning curves. Stages count from 1; row 0 is the model before training.

R[i][j] is the score on the task of stage j after i stages. Definitions are those of the page (docs/run-config.md):
Lopez-Paz & Ranzato 2017 for backward and forward transfer, Chaudhry et al. 2018 for forgetting.
"""

MOST = 0.9


def mean(values) -> float | None:
    values = list(values)
    return sum(values) / len(values) if values else None


def matrix_metrics(rows: list[dict], stages: list[str], watched: list[str], joint: bool) -> dict:
    def score(row: dict, task: str) -> float:
        return next(s["score"]["value"] for s in row["scores"] if s["task"] == task)

    first, last, t = rows[0], rows[-1], len(rows) - 1
    # R with both indices as in the papers; nats are no accuracy points, so such tasks are left out of averages.
    r = [[None, *(score(row, task) for task in stages)] for row in rows]
    metrics_of = {s["task"]: s["metric"] for s in first["scores"]}
    counted = [j for j, task in enumerate(stages, 1) if metrics_of[task] != "loss"]
    changes = [{"task": task, "change": score(last, task) - score(first, task)} for task in watched]
    if joint:
        learnt = mean(r[1][j] for j in counted) if t > 0 else None
        return {
            "averageAccuracy": learnt,
            "backwardTransfer": None,
            "forgetting": None,
            "watched": changes,
            "forwardTransfer": None,
            "retention": None,
            "curve": [{"stage": row["stage"], "averageAccuracy": learnt} for row in rows[1:]],
        }

    def accuracy(i: int) -> float | None:
        return mean(r[i][j] for j in counted if j <= i)

    before = [j for j in counted if j < t]
    left, learnt = mean(r[t][j] for j in before), mean(r[j][j] for j in before)
    return {
        "averageAccuracy": accuracy(t),
        "backwardTransfer": mean(r[t][j] - r[j][j] for j in before),
        "forgetting": mean(max(r[i][j] for i in range(j, t)) - r[t][j] for j in before),
        "watched": changes,
        "forwardTransfer": mean(r[j - 1][j] - r[0][j] for j in counted if 1 < j <= t),
        "retention": None if left is None or not learnt else 100 * left / learnt,
        "curve": [{"stage": row["stage"], "averageAccuracy": accuracy(i)} for i, row in enumerate(rows[1:], 1)],
    }


Curve = list[tuple[float, float]]


def rising(points: list[dict], start: int, falls: bool) -> Curve:
    """(step, height) in the order of steps, counted from the curve's beginning; better is always higher."""
    sign = -1 if falls else 1
    return sorted(((p["step"] - start, sign * p["score"]["value"]) for p in points), key=lambda place: place[0])


def first_reached(curve: Curve, height: float) -> float | None:
    """The first step, between points by a straight line, at which the curve is as high as that."""
    for i, (step, value) in enumerate(curve):
        if value < height:
            continue
        if i == 0:
            return step
        before, low = curve[i - 1]
        return before + (step - before) * (height - low) / (value - low)
    return None


def area(curve: Curve) -> float:
    """The mean height over the steps, by trapezoids."""
    total = sum((a[1] + b[1]) / 2 * (b[0] - a[0]) for a, b in zip(curve, curve[1:]))
    return total / (curve[-1][0] - curve[0][0])


def criterion_of(curve: Curve) -> float | None:
    """The height at which most of what a curve gains is there; None when it gains nothing."""
    start = curve[0][1]
    gain = max(value for _, value in curve) - start
    return start + MOST * gain if gain > 0 else None


def own_curve(points: list[dict], band: dict, falls: bool) -> Curve:
    inside = [p for p in points if p["task"] == band["task"] and band["from"] <= p["step"] <= band["to"]]
    return rising(inside, band["from"], falls)


def learning_speed(points: list[dict], band: dict, falls: bool) -> dict | None:
    """The area under a task's own curve over its stage, and the steps until most of the gain was there."""
    curve = own_curve(points, band, falls)
    if len(curve) < 2:
        return None
    criterion = criterion_of(curve)
    return {
        "task": band["task"],
        "area": -area(curve) if falls else area(curve),
        "stepsToMostGain": None if criterion is None else first_reached(curve, criterion),
    }


def savings(points: list[dict], band: dict, again: list[dict], falls: bool) -> dict | None:
    """Steps to come back to most of the first gain, against the steps of the first time (Ebbinghaus 1885)."""
    curve = own_curve(points, band, falls)
    criterion = criterion_of(curve) if len(curve) > 1 else None
    first = None if criterion is None else first_reached(curve, criterion)
    if criterion is None or not first:
        return None
    steps = first_reached(rising(again, 0, falls), criterion)
    return {
        "task": band["task"],
        "criterion": -criterion if falls else criterion,
        "firstSteps": first,
        "againSteps": steps,
        "percent": None if steps is None else 100 * (1 - steps / first),
    }


def metrics_of_record(record: dict) -> dict:
    config = record["config"]
    joint = config["method"]["name"] == "joint"
    stages = [stage["task"] for stage in config["plan"]["stages"]]
    metrics = matrix_metrics(record["matrix"], stages, config["plan"]["watched"], joint)
    if joint:
        return metrics
    points = record["evaluations"]
    falls = {task["id"]: task["metric"] == "loss" for task in config["tasks"]}
    learnt = [band for band in record["bands"] if band["stage"] < len(record["matrix"])]
    metrics["learning"] = [s for s in (learning_speed(points, band, falls[band["task"]]) for band in learnt) if s]
    bands = {band["task"]: band for band in record["bands"]}
    again = [
        savings(points, bands[curve["task"]], curve["points"], falls[curve["task"]])
        for curve in record.get("relearning", [])
    ]
    if any(again):
        metrics["savings"] = [s for s in again if s]
    return metrics

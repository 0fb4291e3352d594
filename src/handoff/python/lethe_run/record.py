"""The record of a run: the RunResult that Lethe opens."""

import json
import platform
import uuid
from datetime import datetime, timezone
from pathlib import Path

import torch
import transformers
from accelerate import Accelerator

from .evaluation import Evaluated, code_of
from .order import ALL_TASKS
from .outcomes import pack_codes, unpack_bits
from .tasks import Row, Task


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def device_info(accelerator: Accelerator) -> dict:
    place = torch.cuda.get_device_name(accelerator.device) if accelerator.device.type == "cuda" else accelerator.device.type
    processes = accelerator.num_processes
    return {
        "backend": "pytorch",
        "description": f"PyTorch {torch.__version__}, {processes} {'process' if processes == 1 else 'processes'} on {place}",
        "software": False,
        "threads": torch.get_num_threads(),
        "userAgent": f"Python {platform.python_version()}, transformers {transformers.__version__}",
    }


def new_record(config: dict, bands: list[dict], tasks: list[Task], parameters: int, device: dict) -> dict:
    names = {task["id"]: task["name"] for task in config["tasks"]}
    plan = " → ".join(names[stage["task"]] for stage in config["plan"]["stages"])
    labels = sorted({label for task in tasks for label in task.labels or ()}, key=lambda text: text.encode("utf-16-be"))
    code = code_of(labels)
    date = now()
    return {
        "version": 1,
        "id": str(uuid.uuid4()),
        "name": f"{config.get('name') or plan}, PyTorch",
        "status": "running",
        "createdAt": date,
        "updatedAt": date,
        "config": config,
        "device": device,
        "parameters": parameters,
        "step": 0,
        "totalSteps": bands[-1]["to"],
        "bands": bands,
        "losses": [],
        "evaluations": [],
        "matrix": [],
        "metrics": {"averageAccuracy": None, "backwardTransfer": None, "forgetting": None, "watched": []},
        "samples": [],
        "timings": [],
        "truncated": [task.truncated for task in tasks],
        "labels": labels,
        "testRows": [
            {
                "task": task.id,
                "n": len(task.test),
                "of": task.test_rows,
                "references": pack_codes(code(row.references[0]) for row in task.test),
                "labels": pack_codes(sorted(code(label) for label in task.labels or ())),
            }
            for task in tasks
        ],
    }


def timing_of(record: dict, stage: int) -> dict:
    """The timing of a stage, begun when there is none; stage 0 is what is scored before training."""
    for timing in record["timings"]:
        if timing["stage"] == stage:
            return timing
    record["timings"].append({"stage": stage, "trainSeconds": 0.0, "evaluationSeconds": 0.0, "stepSeconds": 0.0})
    return record["timings"][-1]


def add_answers(record: dict, task: Task, evaluated: Evaluated, count: int, stage: int) -> None:
    """The answers of a stage to the first `count` test rows of a task."""
    before = [sample for sample in record["samples"] if sample["task"] == task.id]
    others = [sample for sample in record["samples"] if sample["task"] != task.id]

    def sample(i: int, row: Row) -> dict:
        answer = {"stage": stage, "answer": evaluated.answers[i] or "", "right": evaluated.right[i]}
        known = before[i]["answers"] if i < len(before) else []
        return {"task": task.id, "prompt": row.prompt, "reference": row.references[0], "answers": [*known, answer]}

    record["samples"] = [*others, *(sample(i, row) for i, row in enumerate(task.test[:count]))]


def add_lost(record: dict, task: Task, evaluated: Evaluated, stage: int, most: int) -> None:
    """Rows that were right when the task had been learnt and are wrong now, the first few."""
    own = next((b for b in record["bands"] if b["task"] in (task.id, ALL_TASKS)), None)
    learnt = own["stage"] if own and task.train else 0
    if learnt >= stage:
        return
    lost = record.setdefault("lost", [])
    if task.metric == "loss":
        return
    entry = next(score for score in record["matrix"][learnt]["scores"] if score["task"] == task.id)
    was = unpack_bits(entry["outcomes"]["right"], len(task.test))
    gone = [i for i in range(len(task.test)) if was[i] and not evaluated.right[i]]
    for i in gone[:most]:
        row, answer = task.test[i], evaluated.answers[i] or ""
        lost.append(
            {"task": task.id, "stage": stage, "prompt": row.prompt, "reference": row.references[0], "answer": answer}
        )


def write_record(record: dict, file: Path) -> None:
    """Whole or not at all."""
    record["updatedAt"] = now()
    part = file.with_suffix(".part")
    part.write_text(json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(file)

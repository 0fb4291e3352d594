"""Repeats the first steps of a lab run in transformers, on the same batches, and compares the losses.

    npm run lab -- CONFIG.json --out DIR --dump-batches 10
    python tools/parity/losses.py MODEL_FOLDER DIR

The run must train without dropout. Prints both losses of every step; exits 1 when two differ by more than 1e-3.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import torch
from make_fixture import make_optimizer
from transformers import T5ForConditionalGeneration

TOLERANCE = 1e-3


def padded(rows: list[list[int]], filler: int) -> torch.Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([row + [filler] * (width - len(row)) for row in rows])


def learning_rate_factor(schedule: dict, step: int, total: int) -> float:
    """The share of the learning rate that step `step`, counted from 0, takes: as transformers' schedules."""
    warmup = schedule["warmupSteps"]
    if step < warmup:
        return step / max(1, warmup)
    share = (step - warmup) / max(1, total - warmup)
    if schedule["name"] == "linear":
        return max(0.0, 1 - share)
    if schedule["name"] == "cosine":
        return max(0.0, 0.5 * (1 + math.cos(math.pi * share)))
    return 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("lab", type=Path)
    arguments = parser.parse_args()
    result = json.loads((arguments.lab / "result.json").read_text())
    steps = json.loads((arguments.lab / "batches.json").read_text())["steps"]
    config = result["config"]
    model = T5ForConditionalGeneration.from_pretrained(arguments.model, dtype=torch.float32)
    if config.get("dropout", model.config.dropout_rate) != 0:
        sys.exit("the run trained with dropout, which no other framework repeats")
    model.eval()
    settings = config["optimizer"]
    if steps[0]["stage"] != steps[-1]["stage"]:
        # A stage starts its optimiser anew.
        steps = [step for step in steps if step["stage"] == 1]
    total = result["bands"][0]["to"] - result["bands"][0]["from"]
    optimizer = make_optimizer(model, settings)
    worst = 0.0
    for index, step in enumerate(steps):
        source = padded([e["source"] for e in step["examples"]], 0)
        mask = padded([[1] * len(e["source"]) for e in step["examples"]], 0)
        labels = padded([e["target"] for e in step["examples"]], -100)
        for group in optimizer.param_groups:
            group["lr"] = settings["learningRate"] * learning_rate_factor(settings["schedule"], index, total)
        optimizer.zero_grad()
        loss = model(input_ids=source, attention_mask=mask, labels=labels).loss
        loss.backward()
        if settings["clipNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clipNorm"])
        optimizer.step()
        ours = result["losses"][index]
        worst = max(worst, abs(ours - loss.item()))
        print(f"step {index + 1:3}  lethe {ours:.6f}  transformers {loss.item():.6f}")
    passed = worst <= TOLERANCE
    print(f"largest difference {worst:.1e}: {'pass' if passed else 'FAIL'}")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

"""Loads the adapters that a run has left in PEFT and compares them with its merged checkpoint and recorded answers.

    npm run lab -- CONFIG.json --out RUN
    python tools/parity/check_run_adapter.py RUN BASE

RUN has adapter/ (a PEFT folder, or one a task), checkpoint/ (the model with the adapters added, Hugging Face) and
result.json; BASE is the folder of the model that the run began with. Exits 1 when a logit at a reference of the recorded
samples differs by more than 1e-4 of the largest, or an answer from the recorded one.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoTokenizer, T5ForConditionalGeneration

TOLERANCE = 1e-4


def load(folder: Path, rounded: bool) -> T5ForConditionalGeneration:
    """A model in float32; where the run kept it in half precision, its matrices and tables rounded."""
    model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    if rounded:
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if "layer_norm" not in name and "relative_attention_bias" not in name:
                    weight.copy_(weight.half().float())
    return model


class Samples:
    """Prompts whose answers the run recorded after its last stage."""

    def __init__(self, result: dict, tokenizer):
        self.tokenizer = tokenizer
        self.config = result["config"]
        last = max(row["stage"] for row in result["matrix"])
        self.rows = [
            (sample, answer["answer"])
            for sample in result["samples"]
            for answer in sample["answers"]
            if answer["stage"] == last
        ]

    def ids(self, text: str, limit: int) -> torch.Tensor:
        ids = self.tokenizer(text).input_ids
        return torch.tensor([ids if len(ids) <= limit else ids[: limit - 1] + [self.tokenizer.eos_token_id]])

    @torch.no_grad()
    def logits(self, model, sample: dict) -> torch.Tensor:
        source = self.ids(sample["prompt"], self.config["maxSourceTokens"])
        labels = self.ids(sample["reference"], self.config["maxTargetTokens"])
        return model(input_ids=source, labels=labels).logits

    @torch.no_grad()
    def answer(self, model, sample: dict) -> str:
        evaluation = self.config["evaluation"]
        limits = {"max_new_tokens": evaluation["maxNewTokens"], "num_beams": evaluation["beams"], "do_sample": False}
        out = model.generate(input_ids=self.ids(sample["prompt"], self.config["maxSourceTokens"]), **limits)
        return self.tokenizer.decode(out[0], skip_special_tokens=True).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("base", type=Path)
    arguments = parser.parse_args()
    result = json.loads((arguments.run / "result.json").read_text())
    samples = Samples(result, AutoTokenizer.from_pretrained(arguments.base))
    rounded = result["config"]["lora"]["base"] == "f16"
    last_task = result["bands"][-1]["task"]
    folders = sorted(config.parent for config in (arguments.run / "adapter").glob("**/adapter_config.json"))
    if not folders:
        sys.exit(f"{arguments.run} has no adapters")
    merged = load(arguments.run / "checkpoint", rounded=False)
    plain = load(arguments.base, rounded)
    failed = False
    for folder in folders:
        of_task = folder.name if folder.parent.name == "adapter" else None
        rows = [row for row in samples.rows if of_task in (None, row[0]["task"])]
        model = PeftModel.from_pretrained(load(arguments.base, rounded), folder).eval()
        error, effect, largest = 0.0, 0.0, 0.0
        differing = 0
        for sample, recorded in rows:
            logits = samples.logits(model, sample)
            # One adapter a task: the checkpoint is the model of the last.
            if of_task in (None, last_task):
                error = max(error, (samples.logits(merged, sample) - logits).abs().max().item())
            effect = max(effect, (samples.logits(plain, sample) - logits).abs().max().item())
            largest = max(largest, logits.abs().max().item())
            differing += samples.answer(model, sample) != recorded
        passed = bool(rows) and error <= TOLERANCE * largest < effect and differing == 0
        failed |= not passed
        print(
            f"{'pass' if passed else 'FAIL'}  {folder}: logits differ by {error / largest:.1e} from the checkpoint's, "
            f"by {effect / largest:.1e} from the base's; {differing} of {len(rows)} answers differ"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Adds LoRA adapters of the real PEFT to a fixture of make_fixture.py, and what the model computes with each.

    python tools/parity/make_adapter.py FIXTURE NAME --targets q,v [--rank 8] [--alpha 16] [--rslora] [--seed 0]

FIXTURE/adapters/NAME becomes a PEFT folder, whose B is not zero, with
  cases.json         settings, the loss of a batch, losses of ten AdamW steps on the adapter alone, generated ids
  cases.safetensors  logits, gradients of the adapter, the adapter after the steps, the weights that it was merged into
beside it, and FIXTURE/adapters.json names it. Dropout is off, as in make_fixture.py.
"""

import argparse
import copy
import json
import shutil
import sys
from pathlib import Path

import peft
import torch
from make_fixture import BEAM_CASES, STEPS, TRAINED, generate, run
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import T5ForConditionalGeneration

LEARNING_RATE = 1e-3
PREFIX = "base_model.model."


def plain_name(name: str) -> str:
    """A parameter's name as it is in an adapter's file, without what PEFT puts before it."""
    return name.removeprefix(PREFIX).replace(".default.", ".")


def adapter_tensors(model: PeftModel, of=lambda weight: weight.detach()) -> dict:
    return {plain_name(name): of(weight).clone() for name, weight in model.named_parameters() if "lora_" in name}


def make(base: T5ForConditionalGeneration, config: LoraConfig, seed: int) -> PeftModel:
    torch.manual_seed(seed)
    model = get_peft_model(copy.deepcopy(base), config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.copy_(0.1 * torch.randn_like(weight))
    return model


def train(model: PeftModel, batches: list[dict], settings: dict):
    model = copy.deepcopy(model)
    trained = [weight for name, weight in model.named_parameters() if "lora_" in name]
    optimizer = torch.optim.AdamW(
        trained,
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        weight_decay=settings["weightDecay"],
    )
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = run(model, batches[step % len(batches)]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, settings["clipNorm"])
        optimizer.step()
        losses.append(loss.item())
    return adapter_tensors(model), losses


def ill_conditioned(model: PeftModel, batches, settings, after: dict) -> str | None:
    """Why float32 itself would not pass the tolerance for weights after training, or None."""
    other = copy.deepcopy(model)
    torch.manual_seed(1000)
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(1 + 2e-7 * torch.randn_like(weight))
    nudged, _ = train(other, batches, settings)
    for name, start in adapter_tensors(model).items():
        change = (after[name] - start).abs().max()
        if ((after[name] - nudged[name]).abs() > 0.005 * change).float().mean() > 0.0005:
            return f"rounding decides {name}"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fixture", type=Path)
    parser.add_argument("name")
    parser.add_argument("--targets", required=True, help="comma-separated ends of module names")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=16)
    parser.add_argument("--rslora", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    base = T5ForConditionalGeneration.from_pretrained(arguments.fixture, dtype=torch.float32).eval()
    fixture = json.loads((arguments.fixture / "cases.json").read_text())
    batches = fixture["batches"]
    config = LoraConfig(
        task_type="SEQ_2_SEQ_LM",
        r=arguments.rank,
        lora_alpha=arguments.alpha,
        lora_dropout=0.1,
        target_modules=arguments.targets.split(","),
        use_rslora=arguments.rslora,
    )
    common = {"learningRate": LEARNING_RATE, "schedule": {"name": "constant", "warmupSteps": 0}, "clipNorm": 1}
    settings = {"name": "adamw", **common, "weightDecay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    for seed in range(arguments.seed, arguments.seed + 100):
        model = make(base, config, seed)
        after, losses = train(model, batches[:TRAINED], settings)
        if (reason := ill_conditioned(model, batches[:TRAINED], settings, after)) is None:
            break
        print(f"seed {seed}: {reason}", file=sys.stderr)
    else:
        sys.exit("no seed gave an adapter worth comparing")
    tensors = {f"adamw.{name}": weight for name, weight in after.items()}
    out = run(model, batches[0])
    out.loss.backward()
    tensors["logits"] = out.logits.detach()
    tensors |= {f"gradient.{name}": grad for name, grad in adapter_tensors(model, lambda w: w.grad).items()}
    sources, search = fixture["generation"][0]["sources"], BEAM_CASES[0]
    answers = generate(model, sources, search)
    merged = copy.deepcopy(model).merge_and_unload()
    start = dict(base.named_parameters())
    changed = {name: w.detach() for name, w in merged.named_parameters() if not torch.equal(w, start[name])}
    tensors |= {f"merged.{name}": weight for name, weight in changed.items()}
    cases = {
        "madeWith": {"peft": peft.__version__, "torch": torch.__version__},
        "seed": seed,
        "loss": out.loss.item(),
        "training": {"optimizer": settings, "losses": losses},
        "generation": {**search, "sources": sources, "answers": answers},
    }
    folder = arguments.fixture / "adapters" / arguments.name
    if folder.exists():
        shutil.rmtree(folder)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    # Where the base was is nobody's business; the order of a set is not the same every time.
    written = json.loads((folder / "adapter_config.json").read_text())
    written |= {"base_model_name_or_path": None, "target_modules": sorted(written["target_modules"])}
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "cases.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
    names = sorted(entry.name for entry in (arguments.fixture / "adapters").iterdir() if entry.is_dir())
    (arguments.fixture / "adapters.json").write_text(json.dumps(names) + "\n")
    size = sum(weight.numel() for weight in adapter_tensors(model).values())
    print(f"{folder}: seed {seed}, {size:,} parameters in {len(changed)} modules")


if __name__ == "__main__":
    main()

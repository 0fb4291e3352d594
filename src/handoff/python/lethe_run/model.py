"""Opens the model that the run began with, with a LoRA adapter where the run has one."""

import json
from pathlib import Path

import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration

from .randomness import draw, draws, stream_key


def open_model(folder: Path, config: dict) -> tuple[torch.nn.Module, object]:
    """The weights in float32, the run's dropout set, and the tokenizer. Reads model/, or what model.json names."""
    named = folder / "model.json"
    source, revision = folder / "model", None
    if named.exists():
        hub = json.loads(named.read_text(encoding="utf-8"))
        source, revision = hub["id"], hub.get("revision")
    elif not (source / "config.json").exists():
        raise SystemExit(f"{source} has no config.json; expected a Hugging Face folder there, or model.json with a Hub id")
    changes = {} if config.get("dropout") is None else {"dropout_rate": config["dropout"]}
    model = T5ForConditionalGeneration.from_pretrained(source, revision=revision, **changes).float()
    tokenizer = AutoTokenizer.from_pretrained(source, revision=revision)
    if config.get("lora"):
        model = with_adapter(model, config["lora"], config["seed"])
    return model, tokenizer


# Tells draws of an adapter's first matrices from others of the same seed.
ADAPTER_DRAWS = 0x6C6F7261


@torch.no_grad()
def with_adapter(model: torch.nn.Module, lora: dict, seed: int) -> torch.nn.Module:
    """A PEFT adapter that begins with the page's own numbers: B zero, A uniform in ±1/sqrt(inputs) by the run's seed."""
    from peft import LoraConfig, get_peft_model

    if lora["adapters"] != "shared":
        raise SystemExit(f"run.json: lora.adapters is {lora['adapters']!r}; expected 'shared'")
    if lora["base"] == "f16":
        for name, weight in model.named_parameters():
            if weight.dim() == 2 and "relative_attention_bias" not in name:
                weight.copy_(weight.half())
    gated = model.config.is_gated_act
    targets = [name for t in lora["targets"] for name in (["wi_0", "wi_1"] if t == "wi" and gated else [t])]
    settings = LoraConfig(
        task_type="SEQ_2_SEQ_LM",
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=targets,
    )
    adapted = get_peft_model(model, settings)
    stage_seed = draw(stream_key(seed, ADAPTER_DRAWS, 1), 0)
    modules = [module for module in adapted.modules() if hasattr(module, "lora_A")]
    # In the order of the forward pass, which is that of the modules.
    for number, module in enumerate(modules):
        matrix = module.lora_A["default"].weight
        numbers = draws(stream_key(stage_seed, number), matrix.numel()) / 2**31 - 1
        matrix.copy_(torch.from_numpy(numbers / matrix.shape[1] ** 0.5).view_as(matrix))
    return adapted


def save_model(model: torch.nn.Module, tokenizer, folder: Path) -> None:
    """The weights as a Hugging Face folder; an adapter beside them, in adapter/, and merged into them."""
    if hasattr(model, "merge_and_unload"):
        model.save_pretrained(folder / "adapter")
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

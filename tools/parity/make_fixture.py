"""Writes a folder that holds our engine to Hugging Face transformers.

The folder is a randomly initialised T5 in Hugging Face layout plus
  cases.json         batches (token ids), losses, generated ids, token ids of texts, settings
  cases.safetensors  encoder outputs, logits, gradients, weights after ten steps of each optimiser

    python tools/parity/make_fixture.py CONFIG.json OUT [--seed 0] [--gain 2] [--dtype float32] [--shard-bytes 0]

CONFIG.json holds T5Config fields. Seeds are tried upwards from --seed until the outputs are worth comparing:
generated answers that differ, end at different lengths, and hang on no tie; optimiser steps that
stay within half of the tolerance when the weights are nudged by a rounding error.
"""

import argparse
import copy
import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tiny_tokenizer import write_tokenizer
from transformers import T5Config, T5ForConditionalGeneration
from transformers.optimization import Adafactor

STEPS = 10
LEARNING_RATE = 1e-3
# Batches that training takes in turn; the long one after them is for attention over long distances.
TRAINED = 2
TEXTS = [
    "the bees are singing to a stone",
    "  Two  spaces,\tand a tab: 42? ",
    "unknown ✓ marks and ﬁ ligatures",
    "",
]
BEAM_CASES = [
    {"maxNewTokens": 20, "beams": 1},
    {"maxNewTokens": 20, "beams": 4, "lengthPenalty": 1.0, "earlyStopping": False},
    {"maxNewTokens": 16, "beams": 4, "lengthPenalty": 2.0, "earlyStopping": True},
    {"maxNewTokens": 12, "beams": 4, "lengthPenalty": 0.4, "earlyStopping": False},
]


def make_model(config: T5Config, seed: int, dtype: torch.dtype, gain: float) -> T5ForConditionalGeneration:
    """Random weights, spread so that attention is not uniform and the last token does not repeat itself."""
    gains = {
        "SelfAttention.q.weight": gain,
        "EncDecAttention.q.weight": 2 * gain,
        ".o.weight": gain,
        ".wo.weight": gain,
        "relative_attention_bias.weight": 2 * gain,
        "lm_head.weight": 0.4,
    }
    torch.manual_seed(seed)
    model = T5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name == "shared.weight":
                weight.mul_(0.3)
            for ending, gain in gains.items():
                if name.endswith(ending):
                    weight.mul_(gain)
            if "layer_norm" in name:
                weight.add_(0.2 * torch.randn_like(weight))
            if name == ("shared.weight" if config.tie_word_embeddings else "lm_head.weight"):
                # A longer row makes </s> likely enough that answers end.
                weight[config.eos_token_id].mul_(1.6)
            # What a half-precision file can hold is what is computed with.
            weight.copy_(weight.to(dtype).float())
    return model


def nudged(model: T5ForConditionalGeneration, size: float, seed: int) -> T5ForConditionalGeneration:
    """A copy whose weights are off by that share of themselves, as another order of summing would have it."""
    torch.manual_seed(1000 + seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(1 + size * torch.randn_like(weight))
    return other


def random_ids(generator: torch.Generator, length: int, vocab: int) -> list[int]:
    return torch.randint(3, vocab, (length - 1,), generator=generator).tolist() + [1]


def make_batch(generator: torch.Generator, vocab: int, lengths: list[tuple[int, int]]) -> dict:
    """Rows of the given (source, target) lengths, padded to the longest; (0, 0) is a row of padding alone."""
    sources = [random_ids(generator, s, vocab) if s else [] for s, _ in lengths]
    targets = [random_ids(generator, t, vocab) if t else [] for _, t in lengths]
    width, depth = max(s for s, _ in lengths), max(t for _, t in lengths)
    return {
        "rows": len(lengths),
        "sourceLength": width,
        "targetLength": depth,
        "source": [i for row in sources for i in row + [0] * (width - len(row))],
        "sourceMask": [m for row in sources for m in [1] * len(row) + [0] * (width - len(row))],
        "labels": [i for row in targets for i in row + [-100] * (depth - len(row))],
    }


def run(model: T5ForConditionalGeneration, batch: dict):
    def grid(key: str, length: str):
        return torch.tensor(batch[key]).view(batch["rows"], batch[length])

    return model(
        input_ids=grid("source", "sourceLength"),
        attention_mask=grid("sourceMask", "sourceLength"),
        labels=grid("labels", "targetLength"),
    )


def make_optimizer(model, settings: dict):
    lr, decay = settings["learningRate"], settings["weightDecay"]
    if settings["name"] == "adamw":
        betas = (settings["beta1"], settings["beta2"])
        return torch.optim.AdamW(model.parameters(), lr=lr, betas=betas, eps=settings["epsilon"], weight_decay=decay)
    return Adafactor(
        model.parameters(),
        lr=lr,
        eps=(1e-30, 1e-3),
        clip_threshold=settings["clipThreshold"],
        decay_rate=settings["decayRate"],
        weight_decay=decay,
        scale_parameter=False,
        relative_step=False,
        warmup_init=False,
    )


def train(model: T5ForConditionalGeneration, batches: list[dict], settings: dict):
    """The weights and the losses of STEPS steps, taking the batches in turn."""
    model = copy.deepcopy(model)
    optimizer = make_optimizer(model, settings)
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = run(model, batches[step % len(batches)]).loss
        loss.backward()
        if settings["clipNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clipNorm"])
        optimizer.step()
        losses.append(loss.item())
    return {name: weight.detach() for name, weight in model.named_parameters()}, losses


def generate(model: T5ForConditionalGeneration, sources: list[list[int]], settings: dict) -> list[list[int]]:
    width = max(len(row) for row in sources)
    ids = torch.tensor([row + [0] * (width - len(row)) for row in sources])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in sources])
    options = {}
    if settings["beams"] > 1:
        options = {"length_penalty": settings["lengthPenalty"], "early_stopping": settings["earlyStopping"]}
    with torch.no_grad():
        out = model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=settings["maxNewTokens"],
            num_beams=settings["beams"],
            do_sample=False,
            # transformers 4.57 sizes its cache by the encoder's layers, and trips where the decoder has more.
            use_cache=model.config.num_decoder_layers <= model.config.num_layers,
            **options,
        )
    answers = []
    for row in out.tolist():
        row = row[1:]
        answers.append([i for i in (row[: row.index(1)] if 1 in row else row) if i != 0])
    return answers


def worth_comparing(greedy: list[list[int]]) -> str | None:
    """Why equal greedy answers would prove little, or None."""
    if len({tuple(row) for row in greedy}) < len(greedy) - 1:
        return "several sources have the same greedy answer"
    if sum(len(set(row)) >= 3 for row in greedy) < 4:
        return "greedy answers repeat one token"
    lengths = {len(row) for row in greedy}
    if max(lengths) < BEAM_CASES[0]["maxNewTokens"] or len(lengths) < 3:
        return "too few greedy answers end early, or all do"
    return None


def beams_worth_comparing(model, sources: list[list[int]], answers: list[list[list[int]]]) -> str | None:
    """The same of beam search, and whether any answer hangs on rounding."""
    greedy = answers[0]
    if all(a == b for a, b in zip(greedy, answers[1])):
        return "beams find nothing that greedy search does not"
    if all(answers[1] == other for other in answers[2:]):
        return "the length penalty changes nothing"
    others = [nudged(model, 1e-5, trial) for trial in range(4)]
    for settings, answer in zip(BEAM_CASES, answers):
        if any(generate(other, sources, settings) != answer for other in others):
            return "rounding decides a generated token"
    return None


def ill_conditioned(model, batches: list[dict], settings: dict, weights: dict) -> str | None:
    """Why float32 itself would not pass the tolerance for weights after training, or None."""
    other, _ = train(nudged(model, 2e-7, 0), batches, settings)
    for name, start in model.named_parameters():
        change = (weights[name] - start.detach()).abs().max()
        if change == 0:
            return f"{name} does not change"
        wrong = ((weights[name] - other[name]).abs() > 0.005 * change).float().mean()
        if wrong > 0.0005:
            return f"{settings['name']}: rounding decides {name}"
    return None


def build(config: T5Config, seed: int, dtype: torch.dtype, gain: float):
    model = make_model(config, seed, dtype, gain)
    generator = torch.Generator().manual_seed(seed)
    sources = [random_ids(generator, length, config.vocab_size) for length in (9, 23, 4, 14, 17)] + [[]]
    if reason := worth_comparing(generate(model, sources, BEAM_CASES[0])):
        return None, reason
    answers = [generate(model, sources, settings) for settings in BEAM_CASES]
    if reason := beams_worth_comparing(model, sources, answers):
        return None, reason
    batches = [
        make_batch(generator, config.vocab_size, [(37, 11), (20, 21), (5, 3), (0, 0)]),
        make_batch(generator, config.vocab_size, [(12, 18), (31, 7), (19, 26), (2, 1)]),
        # Longer than relative_attention_max_distance.
        make_batch(generator, config.vocab_size, [(150, 140)]),
    ]
    common = {"learningRate": LEARNING_RATE, "schedule": {"name": "constant", "warmupSteps": 0}}
    optimizers = [
        {"name": "adamw", **common, "clipNorm": 1, "weightDecay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        {"name": "adafactor", **common, "clipNorm": 0, "weightDecay": 0, "decayRate": -0.8, "clipThreshold": 1},
    ]
    tensors, training = {}, []
    for settings in optimizers:
        weights, losses = train(model, batches[:TRAINED], settings)
        if reason := ill_conditioned(model, batches[:TRAINED], settings, weights):
            return None, reason
        training.append({"optimizer": settings, "batches": list(range(TRAINED)), "losses": losses})
        tensors |= {f"{settings['name']}.{name}": weight for name, weight in weights.items()}
    for index, batch in enumerate(batches):
        model.zero_grad()
        out = run(model, batch)
        out.loss.backward()
        batch["loss"] = out.loss.item()
        tensors[f"{index}.encoder"] = out.encoder_last_hidden_state.detach()
        tensors[f"{index}.logits"] = out.logits.detach()
        if index != 1:
            tensors |= {f"{index}.gradient.{name}": w.grad.clone() for name, w in model.named_parameters()}
    cases = {
        "seed": seed,
        "batches": batches,
        "training": training,
        "generation": [{**s, "sources": sources, "answers": a} for s, a in zip(BEAM_CASES, answers)],
    }
    return (model, cases, tensors), None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    parser.add_argument("--gain", type=float, default=2, help="spread of the weights: too small repeats tokens, too large is chaos")
    parser.add_argument("--shard-bytes", type=int, default=0, help="largest shard; 0 writes one file")
    arguments = parser.parse_args()
    if not transformers.__version__.startswith("4."):
        sys.exit("transformers below 5 is needed; see requirements.txt")
    torch.set_num_threads(1)
    config = T5Config(**json.loads(arguments.config.read_text()))
    dtype = getattr(torch, arguments.dtype)
    for seed in range(arguments.seed, arguments.seed + arguments.tries):
        built, reason = build(config, seed, dtype, arguments.gain)
        if built is not None:
            break
        print(f"seed {seed}: {reason}", file=sys.stderr)
    else:
        sys.exit("no seed gave outputs worth comparing")
    model, cases, tensors = built
    if arguments.out.exists():
        shutil.rmtree(arguments.out)
    arguments.out.mkdir(parents=True)
    shards = {"max_shard_size": arguments.shard_bytes} if arguments.shard_bytes else {}
    model.to(dtype).save_pretrained(arguments.out, **shards)
    tokenizer = write_tokenizer(arguments.out, config.vocab_size)
    encoded = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]
    for text in encoded:
        text["decoded"] = tokenizer.decode(text["ids"], skip_special_tokens=True)
    made_with = {"transformers": transformers.__version__, "torch": torch.__version__}
    whole = {"version": 1, "madeWith": made_with, **cases, "texts": encoded}
    (arguments.out / "cases.json").write_text(json.dumps(whole, ensure_ascii=False) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, arguments.out / "cases.safetensors")
    for file in arguments.out.iterdir():
        file.chmod(0o644)
    print(f"{arguments.out}: seed {cases['seed']}, {sum(p.numel() for p in model.parameters()):,} parameters")


if __name__ == "__main__":
    main()

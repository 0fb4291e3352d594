"""Fine-tuning as the page does it: AdamW, a rate that rises and then falls to zero, clipping, a seeded order."""

import numpy as np
import torch
from tokenizers import Tokenizer

from answers import encode
from model import PocketT5


def fine_tune(
    model: PocketT5, tokenizer: Tokenizer, prompts: list[str], targets: list[str], rate: float, steps: int = 400,
    batch: int = 16, dropout: float = 0.0, seed: int = 0, warmup: int = 0, embeddings_only: bool = False,
) -> list[float]:
    """Trains `model` in place, or only its embeddings, as the page's freezing of encoder and decoder; every step's loss."""
    sources = encode(tokenizer, prompts)
    answers = [e.ids for e in tokenizer.encode_batch_fast(targets)]
    trained = [model.shared] if embeddings_only else list(model.parameters())
    for weight in model.parameters():
        weight.requires_grad_(any(weight is one for one in trained))
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(len(sources)) for _ in range(steps * batch // len(sources) + 1)])
    model.train()
    losses = []
    for step in range(steps):
        torch.manual_seed(seed * 100_003 + step)
        chosen = order[step * batch : (step + 1) * batch]
        source = torch.zeros(batch, max(len(sources[i]) for i in chosen), dtype=torch.long)
        target = torch.zeros(batch, max(len(answers[i]) for i in chosen), dtype=torch.long)
        for row, i in enumerate(chosen):
            source[row, : len(sources[i])] = torch.tensor(sources[i])
            target[row, : len(answers[i])] = torch.tensor(answers[i])
        total, count = model(source, target, dropout)
        loss = total / count
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.param_groups[0]['lr'] = rate * (step / warmup if step < warmup else (steps - step) / (steps - warmup))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
    model.eval()
    model.requires_grad_(True)
    return losses

"""Plain fine-tuning as the page does it: AdamW, a rate that falls to zero, clipping, a seeded order."""

import numpy as np
import torch
from tokenizers import Tokenizer

from answers import encode
from model import PocketT5


def fine_tune(
    model: PocketT5, tokenizer: Tokenizer, prompts: list[str], targets: list[str], rate: float, steps: int = 400,
    batch: int = 16, dropout: float = 0.0, seed: int = 0,
) -> list[float]:
    """Trains `model` in place; the loss of every step."""
    sources = encode(tokenizer, prompts)
    answers = [e.ids for e in tokenizer.encode_batch_fast(targets)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
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
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.param_groups[0]['lr'] = rate * (1 - step / steps)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
    model.eval()
    return losses

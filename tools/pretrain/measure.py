"""Span-corruption loss on held-out text, comparable between tokenizers: nats a hidden character."""

import numpy as np
import torch
import torch.nn.functional as F

from model import PocketT5
from spans import corrupt


@torch.no_grad()
def span_loss(model: PocketT5, windows: np.ndarray, characters: np.ndarray, batch: int = 64, seed: int = 5) -> dict:
    """Mean loss a target token, and the loss of text tokens divided by the characters they stand for."""
    was_training = model.training
    model.eval()
    total = tokens = text_total = text_characters = 0.0
    counts = torch.from_numpy(characters)
    for i in range(0, len(windows), batch):
        rng = np.random.default_rng((seed, i))
        source, target = map(torch.from_numpy, corrupt(windows[i : i + batch].astype(np.int64), rng, model.shape.vocabulary))
        with torch.autocast('cpu', torch.bfloat16):
            memory, mask = model.encode(source)
            hidden = model.decode(memory, mask, F.pad(target[:, :-1], (1, 0)))
            logits = F.linear(hidden, model.shared)
        losses = F.cross_entropy(logits.float().flatten(0, 1), target.flatten(), reduction='none')
        of_text = counts[target.flatten()] > 0
        total += float(losses.sum())
        tokens += losses.numel()
        text_total += float(losses[of_text].sum())
        text_characters += float(counts[target.flatten()].sum())
    model.train(was_training)
    return {'held_out': round(total / tokens, 4), 'nats_a_character': round(text_total / text_characters, 4)}

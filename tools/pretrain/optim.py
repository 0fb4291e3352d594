"""Muon for the matrices inside the blocks, Adam for embeddings, norms and position biases.

Muon (Jordan et al. 2024) replaces a matrix's momentum by the nearest orthogonal matrix, found by five
Newton-Schulz steps. Matrices that share storage (q, k, v) are orthogonalised apart, all of one size at once.
"""

import torch
from torch import Tensor

from model import PocketT5

PARTS = {'qkv': 3, 'cross_kv': 2, 'gate_up': 2}
MATRICES = ('qkv', 'out', 'cross_q', 'cross_kv', 'cross_out', 'gate_up', 'down')


def orthogonalise(g: Tensor, steps: int = 5) -> Tensor:
    """[n, rows, columns], rows ≥ columns → about U Vᵀ of each, quintic Newton-Schulz in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16().transpose(1, 2).contiguous()
    x = x / (x.float().norm(dim=(1, 2), keepdim=True).bfloat16() + 1e-7)
    for _ in range(steps):
        s = x @ x.transpose(1, 2)
        x = a * x + (b * s + c * (s @ s)) @ x
    return x.transpose(1, 2).float()


class Optimizer:
    """Rates: `muon` for matrices (a step of spectral norm about 1 times it), `adam` for the embeddings."""

    def __init__(self, model: PocketT5, momentum: float = 0.95, betas: tuple[float, float] = (0.9, 0.98)):
        self.model, self.momentum, self.betas = model, momentum, betas
        self.steps = 0
        self.matrices, self.others = [], []
        for name, p in model.named_parameters():
            part = name.rsplit('.', 1)[-1]
            (self.matrices if part in MATRICES else self.others).append((name, part, p))
        self.state = {f'{n}:m': torch.zeros_like(p) for n, _, p in self.matrices + self.others}
        self.state |= {f'{n}:v': torch.zeros_like(p) for n, _, p in self.others}

    @torch.no_grad()
    def step(self, muon: float, adam: float, decay: float) -> None:
        self.steps += 1
        groups: dict[tuple[int, int], list[Tensor]] = {}
        for name, part, p in self.matrices:
            m = self.state[f'{name}:m']
            m.lerp_(p.grad, 1 - self.momentum)
            update = p.grad.lerp(m, self.momentum)
            for piece in update.chunk(PARTS.get(part, 1)):
                tall = piece if piece.shape[0] >= piece.shape[1] else piece.T
                groups.setdefault(tuple(tall.shape), []).append(tall)
        done = {size: list(orthogonalise(torch.stack(pieces)).unbind()) for size, pieces in groups.items()}
        for _, part, p in self.matrices:
            for i, piece in enumerate(p.chunk(PARTS.get(part, 1))):
                tall = piece.shape[0] >= piece.shape[1]
                size = tuple(piece.shape) if tall else (piece.shape[1], piece.shape[0])
                u = done[size].pop(0)
                scale = max(1.0, piece.shape[0] / piece.shape[1]) ** 0.5
                # T5 does not divide scores by √d_kv, so queries must stay smaller by that much.
                if part == 'cross_q' or (part == 'qkv' and i == 0):
                    scale *= self.model.shape.head_width**-0.5
                piece.mul_(1 - muon * decay).sub_(u if tall else u.T, alpha=muon * scale)
        b1, b2 = self.betas
        for name, part, p in self.others:
            m, v = self.state[f'{name}:m'], self.state[f'{name}:v']
            m.lerp_(p.grad, 1 - b1)
            v.lerp_(p.grad.square(), 1 - b2)
            rate = adam if part == 'shared' else adam * 0.3
            update = (m / (1 - b1**self.steps)) / ((v / (1 - b2**self.steps)).sqrt() + 1e-10)
            p.sub_(update, alpha=rate)

"""Runs the program of a hand-off in float64, to tell rounding from disagreement.

    python double.py PROGRAM --out DIR        # PROGRAM: the folder of run.py; the rest goes to run.py

Two float32 runs of the same plan drift apart by rounding, and AdamW and EWC's penalty carry it on. The same plan in
float64 says how far each of them is from what both approximate.
"""

import sys
from pathlib import Path

import torch
from transformers.models.t5 import modeling_t5

sys.path.insert(0, sys.argv[1])
import run  # noqa: E402

single = run.open_model


def double(*given):
    model, tokenizer = single(*given)
    return model.double(), tokenizer


def rms_norm(self, x: torch.Tensor) -> torch.Tensor:
    """transformers takes the mean of squares in float32 whatever comes in."""
    return self.weight * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.variance_epsilon))


modeling_t5.T5LayerNorm.forward = rms_norm
run.open_model = double
sys.argv = ["run.py", "--folder", sys.argv[1], "--cpu", *sys.argv[2:]]
if __name__ == "__main__":
    run.main()

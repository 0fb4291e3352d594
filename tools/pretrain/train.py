"""The training loop of every phase: resumable to the bit, stoppable at any time, and its log.

A step's data and dropout depend on (seed, step) alone, so the state is: weights, averaged weights, optimiser, step.
"""

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from model import PocketT5, Shape, from_hugging_face, to_hugging_face
from optim import Optimizer

# By the name of the model's argument; 'source' and 'target' always.
Batch = dict[str, np.ndarray]


class Batches(Protocol):
    def at(self, step: int) -> Batch: ...


@dataclass
class Plan:
    phase: str
    steps: int
    warmup: int = 100
    decay: int = 0  # the last steps, over which the rates fall to nothing; 0 keeps them constant
    muon: float = 0.02
    adam: float = 0.01
    weight_decay: float = 0.01
    dropout: float = 0.0
    average: float = 0.0  # of the running average of weights, 0: none
    seed: int = 1

    def rate(self, step: int) -> float:
        """The factor of both rates at a step: warm-up, constant, linear to zero (WSD)."""
        factor = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        left = self.steps - step
        return factor * min(1.0, left / self.decay) if self.decay else factor


def threads() -> None:
    """Two threads unless told otherwise, and no spinning: others share the machine."""
    torch.set_num_threads(int(os.environ.get('LETHE_THREADS', '2')))


class Training:
    def __init__(self, shape: Shape, folder: Path, plan: Plan, compile_model: bool = True):
        self.folder, self.plan, self.shape = folder, plan, shape
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(plan.seed)
        self.model = PocketT5(shape)
        self.optimizer = Optimizer(self.model)
        self.run = torch.compile(self.model, dynamic=False) if compile_model else self.model
        self.step, self.tokens, self.cpu = 0, 0, 0.0
        self.average: dict[str, torch.Tensor] | None = None
        self.stopped = False

    # --- state -------------------------------------------------------------------------------------------------

    def state(self) -> dict:
        return {
            'shape': str(self.shape), 'phase': self.plan.phase, 'step': self.step, 'tokens': self.tokens, 'cpu': self.cpu,
            'model': self.model.state_dict(), 'average': self.average,
            'optimizer': self.optimizer.state, 'optimizer_steps': self.optimizer.steps,
        }

    def save(self, name: str = 'state.pt') -> None:
        """Written beside and renamed: a stop in the middle leaves the last whole state."""
        path = self.folder / name
        torch.save(self.state(), path.with_suffix('.new'))
        path.with_suffix('.new').replace(path)
        weights = to_hugging_face({n: p.detach() for n, p in self.weights().items()}, self.shape)
        save_file({n: w.half() for n, w in weights.items()}, self.folder / 'newest.safetensors', {'format': 'pt'})

    def weights(self) -> dict[str, torch.Tensor]:
        """What is scored and exported: the average where one is kept."""
        return self.average or dict(self.model.named_parameters())

    def load(self, path: Path, carry_on: bool) -> None:
        """`carry_on`: go on with the same phase; otherwise only weights and optimiser are taken over."""
        saved = torch.load(path, weights_only=True)
        if saved['shape'] != str(self.shape):
            raise SystemExit(f'{path} is of shape {saved["shape"]}, not {self.shape}.')
        self.model.load_state_dict(saved['model'])
        for name, tensor in saved['optimizer'].items():
            self.optimizer.state[name].copy_(tensor)
        self.optimizer.steps = saved['optimizer_steps']
        self.tokens = saved['tokens']
        self.average = saved['average']
        if carry_on:
            self.step, self.cpu = saved['step'], saved['cpu']

    def resume(self) -> bool:
        path = self.folder / 'state.pt'
        if path.exists():
            self.load(path, carry_on=True)
        return path.exists()

    def start_from(self, folder: Path) -> None:
        """Weights of a Hugging Face folder of this shape, with a fresh optimiser."""
        self.model.load_state_dict(from_hugging_face(load_file(folder / 'model.safetensors'), self.shape))

    # --- steps -------------------------------------------------------------------------------------------------

    def one_step(self, batch: Batch) -> torch.Tensor:
        plan = self.plan
        torch.manual_seed(plan.seed * 1_000_003 + self.step)
        arrays = {name: torch.from_numpy(array) for name, array in batch.items()}
        self.model.train()
        with torch.autocast('cpu', torch.bfloat16):
            total, count = self.run(drop=plan.dropout, **arrays)
        loss = total / count
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([p for _, _, p in self.optimizer.others], 1.0)
        if bool(torch.isfinite(norm)):
            factor = plan.rate(self.step)
            self.optimizer.step(plan.muon * factor, plan.adam * factor, plan.weight_decay)
        self.model.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += int((arrays['source'] != 0).sum() + (arrays['target'] != 0).sum())
        if plan.average:
            self._average()
        return loss.detach()

    @torch.no_grad()
    def _average(self) -> None:
        if self.average is None:
            self.average = {n: p.detach().clone() for n, p in self.model.named_parameters()}
        for n, p in self.model.named_parameters():
            self.average[n].lerp_(p, 1 - self.plan.average)

    def _scores(self, evaluate: Callable[[PocketT5], dict]) -> dict:
        """Of the weights that would be exported."""
        if self.average is None:
            return evaluate(self.model)
        averaged = PocketT5(self.shape)
        averaged.load_state_dict(self.average)
        return evaluate(averaged)

    def fit(
        self, batches: Batches, evaluate: Callable[[PocketT5], dict], every: int = 250, save_seconds: float = 240,
        cpu_limit: float = 0.0,
    ) -> None:
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, lambda *_: setattr(self, 'stopped', True))
        log = open(self.folder / 'log.jsonl', 'a', encoding='utf-8', buffering=1)
        if self.step == 0:
            print(json.dumps({'phase': self.plan.phase, 'step': 0} | self._scores(evaluate)), file=log)
        saved, losses, since = time.monotonic(), [], time.monotonic()
        while self.step < self.plan.steps and not self.stopped:
            if self.plan.decay and self.step == self.plan.steps - self.plan.decay:
                self.save(f'before-decay-{self.step}.pt')
            batch = batches.at(self.step)
            at = time.process_time()
            losses.append(self.one_step(batch))
            if len(losses) > 2:  # the first steps compile
                self.cpu += time.process_time() - at
            if self.step % 25 == 0:
                row = {'phase': self.plan.phase, 'step': self.step, 'tokens': self.tokens, 'cpu': round(self.cpu, 1),
                       'loss': round(float(torch.stack(losses[-25:]).mean()), 4), 'rate': round(self.plan.rate(self.step), 4),
                       'seconds': round(time.monotonic() - since, 1)}
                print(json.dumps(row), file=log)
                since = time.monotonic()
            over = bool(cpu_limit) and self.cpu >= cpu_limit
            if self.step % every == 0 or over or self.step == self.plan.steps:
                row = {'phase': self.plan.phase, 'step': self.step, 'tokens': self.tokens, 'cpu': round(self.cpu, 1)}
                print(json.dumps(row | self._scores(evaluate)), file=log)
            if over:
                break
            if time.monotonic() - saved > save_seconds:
                self.save()
                saved = time.monotonic()
        self.save()
        log.close()

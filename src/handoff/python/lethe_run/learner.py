"""A model in training, on any number of processes.

Every process holds the whole model and takes its share of the rows of a batch. Losses are sums over tokens divided by
the tokens of the whole batch, and gradients are summed over the processes before the update, so a step is the same
step however many there are, also when some have no row. Everything else (order, draws, bookkeeping) every process
does alike.
"""

import math
from collections.abc import Callable

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from .randomness import sampled_labels
from .tasks import Tokens

IGNORED = -100


def padded(rows: list[list[int]], filler: int) -> torch.Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([row + [filler] * (width - len(row)) for row in rows])


def learning_rate_factor(schedule: dict, step: int, total: int) -> float:
    """What the learning rate is multiplied by at step `step`, counted from 0, as in transformers."""
    warmup = schedule["warmupSteps"]
    if step < warmup:
        return step / warmup
    rest = max(1, total - warmup)
    if schedule["name"] == "linear":
        return max(0.0, (total - step) / rest)
    if schedule["name"] == "cosine":
        return max(0.0, 0.5 * (1 + math.cos(math.pi * (step - warmup) / rest)))
    return 1.0


def make_optimizer(parameters: list, settings: dict) -> torch.optim.Optimizer:
    rate, decay = settings["learningRate"], settings["weightDecay"]
    if settings["name"] == "adamw":
        betas = (settings["beta1"], settings["beta2"])
        return torch.optim.AdamW(parameters, lr=rate, betas=betas, eps=settings["epsilon"], weight_decay=decay)
    from transformers.optimization import Adafactor

    return Adafactor(
        parameters,
        lr=rate,
        eps=(1e-30, 1e-3),
        clip_threshold=settings["clipThreshold"],
        decay_rate=settings["decayRate"],
        weight_decay=decay,
        scale_parameter=False,
        relative_step=False,
        warmup_init=False,
    )


class Learner:
    def __init__(self, model, settings: dict, dropout: bool, rows_at_once: int, accelerator: Accelerator):
        """settings: the config's optimizer. rows_at_once: rows that go through the model together, for memory."""
        self.accelerator = accelerator
        self.model = model.to(accelerator.device)
        self.settings, self.dropout, self.rows_at_once = settings, dropout, rows_at_once
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer, self.steps, self.taken = None, 1, 0
        self.cost = {"trainedTokens": 0, "gradientTokens": 0, "forwardTokens": 0, "setBytes": 0}
        self.cost["trainedParameters"] = sum(p.numel() for p in self.parameters)
        if hasattr(model, "peft_config"):
            self.cost["adapterBytes"] = 4 * self.cost["trainedParameters"]

    def begin_stage(self, steps: int) -> None:
        """A fresh optimiser with its step counter at 0."""
        self.optimizer, self.steps, self.taken = make_optimizer(self.parameters, self.settings), steps, 0

    def mine(self, items: list) -> list:
        """This process's share."""
        return items[self.accelerator.process_index :: self.accelerator.num_processes]

    def logits(self, rows: list[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        """Teacher-forced logits [rows, target tokens, vocabulary] and labels, −100 where there is none."""
        device = self.accelerator.device
        source = padded([row.source for row in rows], 0).to(device)
        mask = padded([[1] * len(row.source) for row in rows], 0).to(device)
        labels = padded([row.target for row in rows], IGNORED).to(device)
        return self.model(input_ids=source, attention_mask=mask, labels=labels).logits, labels

    def nats(self, rows: list[Tokens]) -> torch.Tensor:
        """The loss of each row, summed over its tokens."""
        logits, labels = self.logits(rows)
        losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
        return losses.sum(dim=1)

    def step(self, examples: list[Tokens], adjust: Callable[[], None] | None = None) -> float:
        """One optimiser step on the mean loss a token. `adjust` may change the gradients before they are clipped."""
        self.cost["trainedTokens"] += sum(len(e.source) + len(e.target) for e in examples)
        tokens = sum(len(example.target) for example in examples)
        self.model.train(self.dropout)
        self.optimizer.zero_grad(set_to_none=False)
        own = self.mine(examples)
        total = torch.zeros((), device=self.accelerator.device)
        for start in range(0, len(own), self.rows_at_once):
            loss = self.nats(own[start : start + self.rows_at_once]).sum() / tokens
            loss.backward()
            total += loss.detach()
        self.sum_gradients()
        if adjust:
            adjust()
        if self.settings["clipNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.settings["clipNorm"])
        factor = learning_rate_factor(self.settings["schedule"], self.taken, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings["learningRate"] * factor
        self.optimizer.step()
        self.taken += 1
        return self.accelerator.reduce(total, "sum").item()

    def sum_gradients(self) -> None:
        """Over the processes, all in one message."""
        for p in self.parameters:
            if p.grad is None:
                p.grad = torch.zeros_like(p)
        if self.accelerator.num_processes == 1:
            return
        flat = self.accelerator.reduce(torch.cat([p.grad.flatten() for p in self.parameters]), "sum")
        for p, part in zip(self.parameters, flat.split([p.numel() for p in self.parameters])):
            p.grad.copy_(part.view_as(p))

    def fisher(self, rows: list[tuple[Tokens, int | None]]) -> list[torch.Tensor]:
        """The mean of squared gradients of −log p(answer | prompt), row by row, dropout off.

        With each row comes the seed of its drawn labels, or None for its own (the empirical Fisher).
        """
        self.cost["gradientTokens"] += sum(len(row.source) + len(row.target) for row, _ in rows)
        self.model.eval()
        fisher = [torch.zeros_like(p) for p in self.parameters]
        for row, seed in self.mine(rows):
            for p in self.parameters:
                p.grad = None
            logits, labels = self.logits([row])
            if seed is not None:
                found = sampled_labels(logits[0].detach().float().cpu().numpy(), seed)
                labels = torch.tensor([found], device=logits.device)
            torch.nn.functional.cross_entropy(logits[0], labels[0], reduction="sum").backward()
            for sum_of_squares, p in zip(fisher, self.parameters):
                if p.grad is not None:
                    sum_of_squares.add_(p.grad.square(), alpha=1 / len(rows))
        return [self.accelerator.reduce(f, "sum") for f in fisher]

    @torch.no_grad()
    def row_losses(self, batches: list[list[Tokens]]) -> list[list[float]]:
        """Nats of each row of each batch, dropout off; batches are shared among the processes."""
        self.model.eval()
        return self.spread(batches, lambda batch: self.nats(batch).double().tolist())

    @torch.no_grad()
    def generate(self, batches: list[list[list[int]]], most: int, beams: int) -> list[list[list[int]]]:
        """Token ids of the answers to the prompts of each batch, greedily or by beam search."""
        self.model.eval()
        config = self.model.config
        # Where the decoder is the deeper stack, transformers' cache is sized by the encoder.
        cached = config.num_decoder_layers <= config.num_layers

        def answer(sources: list[list[int]]) -> list[list[int]]:
            device = self.accelerator.device
            ids = padded(sources, 0).to(device)
            mask = padded([[1] * len(source) for source in sources], 0).to(device)
            settings = {"num_beams": beams, "length_penalty": 1.0, "early_stopping": False} if beams > 1 else {}
            return self.model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=most, do_sample=False, use_cache=cached, **settings
            ).tolist()

        return self.spread(batches, answer)

    def spread(self, batches: list, work: Callable) -> list:
        """Does the work on each batch in one of the processes; all get all results, in order."""
        indices = range(len(batches))
        done = gather_object([(i, work(batches[i])) for i in self.mine(list(indices))])
        return [result for _, result in sorted(done, key=lambda pair: pair[0])]

    def copy(self) -> list[torch.Tensor]:
        """The weights that train, as they are."""
        return [p.detach().clone() for p in self.parameters]

    @torch.no_grad()
    def restore(self, weights: list[torch.Tensor]) -> None:
        for p, kept in zip(self.parameters, weights):
            p.copy_(kept)

    def holds(self, sets: int) -> None:
        """Notes that a method now keeps so many copies of the weights that train."""
        self.cost["setBytes"] = max(self.cost["setBytes"], sets * 4 * self.cost["trainedParameters"])

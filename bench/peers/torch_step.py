"""Trains a T5 of transformers on the CPU for the benchmarks: one JSON request a line in, one answer a line out.

{"open": {config, weights, threads, learningRate}}, {"gradients": batch}, {"steps": n, "batch": batch}
"""

import json
import sys
import time

import torch
from transformers import T5Config, T5ForConditionalGeneration


class Model:
    def __init__(self, config: dict, weights: list[dict], threads: int, learningRate: float):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.model = T5ForConditionalGeneration(T5Config(**config))
        named = {w["name"]: torch.tensor(w["data"]).view(w["shape"]) for w in weights}
        parameters = dict(self.model.named_parameters())
        assert not named or named.keys() == parameters.keys(), named.keys() ^ parameters.keys()
        with torch.no_grad():
            for name, weight in named.items():
                parameters[name].copy_(weight)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=learningRate, weight_decay=0)

    def loss(self, batch: dict) -> torch.Tensor:
        source, mask, labels = (
            torch.tensor(batch[key]).view(batch["rows"], -1) for key in ("source", "sourceMask", "labels")
        )
        return self.model(input_ids=source, attention_mask=mask, labels=labels).loss

    def gradients(self, batch: dict) -> dict:
        self.model.eval()
        self.model.zero_grad()
        loss = self.loss(batch)
        loss.backward()
        gradients = {name: weight.grad.flatten().tolist() for name, weight in self.model.named_parameters()}
        return {"loss": loss.item(), "gradients": gradients}

    def steps(self, count: int, batch: dict) -> dict:
        self.model.train()
        start = time.perf_counter()
        for _ in range(count):
            self.optimizer.zero_grad()
            self.loss(batch).backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
        return {"milliseconds": 1000 * (time.perf_counter() - start) / count}


def main() -> None:
    model = None
    for line in sys.stdin:
        request = json.loads(line)
        if "open" in request:
            model, answer = Model(**request["open"]), {}
        elif "gradients" in request:
            answer = model.gradients(request["gradients"])
        else:
            answer = model.steps(request["steps"], request["batch"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

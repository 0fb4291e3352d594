"""Answers of a model to a task's rows, greedy, and how many of them are exactly right."""

from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpus
from model import PocketT5
from prompts import card_prompt

# Tasks the model never sees: prompts of the card.
UNSEEN = {
    'agnews': 'What topic would you give the following? World, Sports, Business, Science or Technology?\n{x}\nAnswer:',
    'emotion': 'What emotion would you give the following? sadness; surprise; love; anger; fear; joy?\n{x}\nAnswer:',
}
LONGEST = 128


def task_prompts(data: Path, task: str, part: str, most: int = 10**9) -> tuple[list[str], list[str]]:
    rows = corpus.task_rows(data, task, part)[:most]
    if task in UNSEEN:
        return [UNSEEN[task].format(x=row['input']) for row in rows], [row['target'] for row in rows]
    labels = sorted({row['target'] for row in corpus.task_rows(data, task, 'train')})
    return [card_prompt(task, row['input'], labels) for row in rows], [row['target'] for row in rows]


def encode(tokenizer: Tokenizer, prompts: list[str]) -> list[list[int]]:
    """Ids with </s>, cut as the page cuts: the last id stays </s>."""
    ids = [e.ids for e in tokenizer.encode_batch_fast(prompts)]
    return [i if len(i) <= LONGEST else [*i[: LONGEST - 1], 1] for i in ids]


def answers(model: PocketT5, tokenizer: Tokenizer, prompts: list[str], longest: int = 32, batch: int = 50) -> list[str]:
    """In the order of `prompts`; answered in order of length, so that batches hold little padding."""
    was_training = model.training
    model.eval()
    ids = encode(tokenizer, prompts)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    said = [''] * len(ids)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        source = torch.zeros(len(chosen), max(len(ids[i]) for i in chosen), dtype=torch.long)
        for row, i in enumerate(chosen):
            source[row, : len(ids[i])] = torch.tensor(ids[i])
        for i, answer in zip(chosen, model.greedy(source, longest)):
            said[i] = tokenizer.decode(answer)
    model.train(was_training)
    return said


def right(said: list[str], targets: list[str]) -> list[bool]:
    return [a.strip() == b.strip() for a, b in zip(said, targets)]

"""What each command does."""

import copy
import json
from argparse import Namespace

import torch

import corpus
import text
from answers import UNSEEN, answers, right, task_prompts
from bootstrap import interval, paired_interval
from finetune import fine_tune
from folder import read_folder, write_folder
from measure import span_loss
from mixture import Mixture, MixtureBatches, Shares
from model import PocketT5, Shape, shape_of
from plot import loss_plot
from rows import make_rows
from tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from train import Plan, Training, threads


def check(args: Namespace) -> None:
    found = corpus.inventory(corpus.data_folder(args.data))
    for name, lines in found:
        print(f'{name}: {"missing" if lines is None else f"{lines:,} lines"}')
    if any(lines is None for _, lines in found):
        raise SystemExit('SOURCES.md beside this program says where each file comes from.')


def tokenizer(args: Namespace) -> None:
    data = corpus.data_folder(args.data)
    made = train_tokenizer(corpus.tokenizer_sample(data), args.vocabulary)
    save_tokenizer(made, args.state / f'tokenizer-{args.vocabulary}')


def rows(args: Namespace) -> None:
    make_rows(corpus.data_folder(args.data), args.state, args.rows)


def instruct(args: Namespace) -> None:
    threads()
    data = corpus.data_folder(args.data)
    run = args.state / args.run
    if args.start:
        words, shape = load_tokenizer(args.start), shape_of(json.loads((args.start / 'config.json').read_text()))
    else:
        shape = Shape.parse(args.shape)
        words = load_tokenizer(args.state / f'tokenizer-{shape.vocabulary}')
    name = args.start.name if args.start else f'{shape.vocabulary}'
    ids = text.windows(data, words, args.state, name, args.fraction)
    held_out, characters = text.held_out_windows(data, words), text.characters_of_pieces(words)
    plan = Plan('instruct', args.steps, decay=args.decay, muon=args.muon, adam=args.adam, dropout=args.dropout,
                average=args.average)
    training = Training(shape, run, plan)
    if not training.resume():
        if args.start:
            training.start_from(args.start)
        else:
            training.load(args.state / args.after / 'state.pt', carry_on=False)
    mixture = Mixture(data, own=args.own > 0, more=args.state / 'own')
    shares = Shares(args.public, args.own, 1 - args.public - args.own, args.word_dropout)
    batches = MixtureBatches(mixture, words, ids, args.batch, shares, args.text, plan.seed)
    tests = {task: task_prompts(data, task, 'validation', 200 if task == 'moviereview' else 100)
             for task in (*corpus.KNOWN_TASKS, *(corpus.OWN_TASKS if args.own else ()))}

    def evaluate(model: PocketT5) -> dict:
        scores = span_loss(model, held_out[:384], characters)
        for task, (asked, targets) in tests.items():
            scores[task] = 100 * sum(right(answers(model, words, asked), targets)) / len(targets)
        return scores

    training.fit(batches, evaluate, every=args.every)


def pretrain(args: Namespace) -> None:
    threads()
    data, shape = corpus.data_folder(args.data), Shape.parse(args.shape)
    words = load_tokenizer(args.state / f'tokenizer-{shape.vocabulary}')
    ids = text.windows(data, words, args.state, str(shape.vocabulary), args.fraction)
    held_out, characters = text.held_out_windows(data, words), text.characters_of_pieces(words)
    plan = Plan('pretrain', args.steps, decay=args.decay, muon=args.muon, adam=args.adam)
    training = Training(shape, args.state / args.run, plan, compile_model=not args.no_compile)
    training.resume()
    batches = text.SpanBatches(ids, shape.vocabulary, args.batch, plan.seed)
    training.fit(batches, lambda model: span_loss(model, held_out, characters), cpu_limit=args.cpu_limit)


def export(args: Namespace) -> None:
    """The newest weights of a run (their average where one is kept) as a Hugging Face folder in fp16."""
    saved = torch.load(args.state / args.run / 'state.pt', weights_only=True)
    model = PocketT5(Shape.parse(saved['shape']))
    model.load_state_dict(saved['average'] or saved['model'])
    source = args.start or args.state / f'tokenizer-{model.shape.vocabulary}'
    write_folder(args.out, model, source)
    print(f'{args.out}: step {saved["step"]} of {saved["phase"]}, {saved["tokens"]:,} tokens')


def score(args: Namespace) -> None:
    threads()
    data = corpus.data_folder(args.data)
    models = [read_folder(folder) for folder in (args.model, args.against) if folder]
    table: dict[str, dict] = {}
    for task in args.tasks.split(',') if args.tasks else []:
        marks = []
        for model, words in models:
            asked, targets = task_prompts(data, task, args.part)
            if task in UNSEEN:
                rows = task_prompts(data, task, 'train')
                model = copy.deepcopy(model)
                fine_tune(model, words, *rows, rate=args.rate, steps=args.fine_tune_steps, dropout=args.dropout,
                          warmup=args.warmup, embeddings_only=args.embeddings_only)
            marks.append(right(answers(model, words, asked), targets))
        row: dict = {'rows': len(marks[0]), 'score': [round(x, 1) for x in interval(marks[0])]}
        if len(marks) == 2:
            row |= {'other': [round(x, 1) for x in interval(marks[1])],
                    'difference': [round(x, 1) for x in paired_interval(*marks)]}
        table[task] = row
        print(task, json.dumps(row), flush=True)
    if args.text:
        table['text'] = {}
        for name, (model, words) in zip(('score', 'other'), models):
            held_out, characters = text.held_out_windows(data, words), text.characters_of_pieces(words)
            table['text'][name] = span_loss(model, held_out, characters)
        print('text', json.dumps(table['text']), flush=True)
    if args.write:
        args.write.write_text(json.dumps(table, indent=1) + '\n')


def plot(args: Namespace) -> None:
    args.out.write_text(loss_plot(args.state / args.run / 'log.jsonl'))

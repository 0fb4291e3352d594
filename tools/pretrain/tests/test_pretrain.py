"""`python -m unittest discover -s tools/pretrain/tests -t tools/pretrain`"""

import gzip
import random
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

import corpus
import mixture
from bootstrap import interval, paired_interval
from finetune import fine_tune
from rows import phrases, topic_notes
from teacher import LABELS, SentimentTeacher, rated_words
from model import PocketT5, Shape, config, from_hugging_face, relative_bucket, to_hugging_face
from spans import corrupt, lengths
from train import Plan, Training

TINY = Shape(64, 16, 2, 8, 24, 2, 1)


def tiny(seed: int = 3) -> PocketT5:
    torch.manual_seed(seed)
    return PocketT5(TINY).eval()


class Spans(unittest.TestCase):
    def test_source_and_target_give_the_window_back(self):
        rng = np.random.default_rng(0)
        for n in (8, 40, 120):
            windows = rng.integers(3, 500, (20, n))
            sources, targets = corrupt(windows, rng, 1000)
            noise, spans, s, t = lengths(n)
            self.assertEqual((sources.shape, targets.shape), ((20, s), (20, t)))
            for window, source, target in zip(windows, sources.tolist(), targets.tolist()):
                self.assertEqual((source[-1], target[-1]), (1, 1))
                self.assertLess(source[0], 900, 'the first span is kept')
                hidden, at = {}, None
                for token in target[:-1]:
                    if token >= 900:
                        at = hidden.setdefault(token, [])
                    else:
                        at.append(token)
                self.assertEqual(sorted(hidden, reverse=True), [999 - i for i in range(spans)])
                self.assertEqual(sum(map(len, hidden.values())), noise)
                self.assertTrue(all(hidden.values()), 'no span is empty')
                mended = [x for token in source[:-1] for x in (hidden[token] if token >= 900 else [token])]
                self.assertEqual(mended, window.tolist())

    def test_one_seed_gives_one_corruption(self):
        windows = np.arange(3, 123)[None].repeat(4, 0)
        a = corrupt(windows, np.random.default_rng(1), 1000)
        b = corrupt(windows, np.random.default_rng(1), 1000)
        c = corrupt(windows, np.random.default_rng(2), 1000)
        self.assertTrue(all(np.array_equal(x, y) for x, y in zip(a, b)))
        self.assertFalse(np.array_equal(a[0], c[0]))


class Corpus(unittest.TestCase):
    def test_the_inventory_counts_what_is_there_and_names_what_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder)
            (data / 'pretrain').mkdir()
            (data / 'tasks' / 'dbpedia').mkdir(parents=True)
            with gzip.open(data / 'pretrain' / 'text-wiki.txt.gz', 'wt') as file:
                file.write('one\ntwo\n')
            (data / 'tasks' / 'dbpedia' / 'test.jsonl').write_text('{}\n')
            found = dict(corpus.inventory(data))
        self.assertEqual(len(found), 17)
        self.assertEqual({name: n for name, n in found.items() if n is not None},
                         {'pretrain/text-wiki.txt.gz': 2, 'tasks/dbpedia/test.jsonl': 1})


class OwnRows(unittest.TestCase):
    def test_notes_have_words_of_one_topic_only(self):
        lines = ['The wolf and the eagle live there. The wolf ate the cheese of the eagle today. The violin and the cello came in.']
        notes = topic_notes(lines)
        self.assertEqual(notes['animals'], ['The wolf and the eagle live there.'])
        self.assertEqual(notes['music'], ['The violin and the cello came in.'])
        self.assertEqual(sum(map(len, notes.values())), 2)

    def test_phrases_are_found_in_sentences(self):
        found = phrases(['She wanted to open the window, to the north, and to bring him. I saw that the door was very old.'])
        orders = [x for name in ('do', 'not', 'cannot', 'let') for x in found[name]]
        self.assertEqual(sorted(orders), ['bring him', 'open the window'])
        self.assertEqual(found['ask'], ['the door | was | very old'])


class Teacher(unittest.TestCase):
    def test_a_lexicon_knows_words_that_the_rows_lack(self):
        rows = [{'input': f'a {word} film {n}', 'target': label} for n in range(8)
                for word, label in (('fine', 'positive'), ('dull', 'negative'))]
        ratings = {'superb': 3.0, 'awful': -3.0}
        teacher = SentimentTeacher(rows, ratings)
        for text, label in (('a dull film', 'negative'), ('a fine film', 'positive'), ('superb', 'positive'),
                            ('awful', 'negative'), ('not superb', 'negative')):
            self.assertEqual(teacher.label(text)[0], label, text)
        for seed in range(9):
            text, label = rated_words(ratings, random.Random(seed))
            self.assertEqual(LABELS[('superb' in text)], label)


class Packing(unittest.TestCase):
    def test_packed_examples_have_the_loss_of_lone_ones(self):
        model, rng = tiny(), np.random.default_rng(0)
        examples = [
            ([*rng.integers(3, 60, rng.integers(3, 40)).tolist(), 1], [*rng.integers(3, 60, rng.integers(1, 9)).tolist(), 1])
            for _ in range(9)
        ]
        batch = mixture.pack(examples, 3)
        self.assertEqual(int((batch['target'] != 0).sum()), sum(len(t) for _, t in examples), 'all find room')
        with torch.no_grad():
            packed, weight = model(**{name: torch.from_numpy(a) for name, a in batch.items()})
            alone = total = 0.0
            for s, t in examples:
                loss, count = model(torch.tensor([s]), torch.tensor([t]))
                alone += float(loss) * len(t) ** -0.5
                total += int(count) * len(t) ** -0.5
        self.assertAlmostEqual(float(weight), total, places=4)
        self.assertAlmostEqual(float(packed) / alone, 1.0, places=5)


class HuggingFace(unittest.TestCase):
    def test_same_loss_gradient_and_answers_as_transformers(self):
        from transformers import T5Config, T5ForConditionalGeneration

        model = tiny()
        theirs = T5ForConditionalGeneration(T5Config(**config(TINY) | {'torch_dtype': 'float32'})).eval()
        weights = to_hugging_face({n: p.detach() for n, p in model.named_parameters()}, TINY)
        missing, unexpected = theirs.load_state_dict(weights, strict=False)
        self.assertEqual(unexpected, [])
        self.assertEqual({n.rsplit('.', 2)[-2] for n in missing}, {'embed_tokens', 'lm_head'})
        source = torch.randint(3, 60, (3, 150), generator=torch.Generator().manual_seed(1))
        source[1, 100:] = 0
        target = torch.randint(3, 60, (3, 7), generator=torch.Generator().manual_seed(2))
        target[2, 4:] = 0
        loss, count = model(source, target)
        (loss / count).backward()
        labels = target.masked_fill(target == 0, -100)
        other = theirs(input_ids=source, attention_mask=(source != 0).long(), labels=labels)
        other.loss.backward()
        self.assertAlmostEqual(float(loss.detach() / count), float(other.loss.detach()), places=5)
        torch.testing.assert_close(model.shared.grad, theirs.shared.weight.grad, rtol=1e-3, atol=1e-6)
        said = theirs.generate(input_ids=source, attention_mask=(source != 0).long(), max_new_tokens=12, do_sample=False)
        self.assertEqual(model.greedy(source, 12), [[t for t in row if t > 1] for row in said.tolist()])
        back = from_hugging_face(weights, TINY)
        self.assertTrue(all(torch.equal(back[n], p) for n, p in model.named_parameters()))

    def test_buckets_as_in_t5(self):
        far = relative_bucket(torch.tensor([-200, -91, -64, -16, -7, 0, 7, 8, 12, 90, 91]), True)
        self.assertEqual(far.tolist(), [15, 15, 14, 10, 7, 0, 23, 24, 25, 30, 31])
        self.assertEqual(relative_bucket(torch.tensor([3, 0, -15, -16, -113]), False).tolist(), [0, 0, 15, 16, 31])


class Numbers:
    """Batches that depend on the step alone."""

    def at(self, step: int) -> dict:
        rng = np.random.default_rng((5, step))
        source, target = corrupt(rng.integers(3, 40, (6, 30)), rng, TINY.vocabulary)
        return {'source': source, 'target': target}


class Resuming(unittest.TestCase):
    def run_to(self, folder: Path, steps: int) -> Training:
        training = Training(TINY, folder, Plan('test', steps, warmup=2, dropout=0.1, average=0.9), compile_model=False)
        training.resume()
        training.fit(Numbers(), lambda model: {}, every=100)
        return training

    def test_a_resumed_run_equals_an_unbroken_one(self):
        with tempfile.TemporaryDirectory() as name:
            whole = self.run_to(Path(name, 'whole'), 6)
            self.run_to(Path(name, 'broken'), 2)
            broken = self.run_to(Path(name, 'broken'), 6)
            self.assertEqual((broken.step, broken.tokens), (whole.step, whole.tokens))
            for (n, a), b in zip(whole.model.named_parameters(), broken.model.parameters()):
                self.assertTrue(torch.equal(a, b), n)
            self.assertTrue(all(torch.equal(whole.average[n], broken.average[n]) for n in whole.average))
            self.assertTrue(all(torch.equal(a, broken.optimizer.state[n]) for n, a in whole.optimizer.state.items()))

    def test_the_loss_falls(self):
        with tempfile.TemporaryDirectory() as name:
            training = Training(TINY, Path(name), Plan('test', 60, warmup=2), compile_model=False)
            losses = [float(training.one_step(Numbers().at(0))) for _ in range(60)]
            self.assertLess(losses[-1], losses[0] - 1)


class FineTuning(unittest.TestCase):
    def test_only_what_is_to_be_trained_moves_and_the_loss_falls(self):
        words = Tokenizer(WordLevel({'<pad>': 0, '</s>': 1, '<unk>': 2, 'up': 3, 'down': 4, 'left': 5, 'right': 6}, '<unk>'))
        words.pre_tokenizer = Whitespace()
        words.post_processor = TemplateProcessing(single='$A </s>', special_tokens=[('</s>', 1)])
        for embeddings_only in (False, True):
            model = tiny()
            before = {name: weight.clone() for name, weight in model.state_dict().items()}
            losses = fine_tune(model, words, ['up left', 'down right'], ['left', 'right'], 0.05, steps=30, batch=2, warmup=3,
                               embeddings_only=embeddings_only)
            moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
            self.assertEqual(moved, {'shared'} if embeddings_only else set(before))
            self.assertLess(losses[-1], losses[0] / 4)
            self.assertTrue(all(weight.requires_grad for weight in model.parameters()))


class Bootstrap(unittest.TestCase):
    def test_intervals(self):
        mean, low, high = interval([True] * 80 + [False] * 20)
        self.assertEqual(mean, 80)
        self.assertTrue(70 < low < 74 and 86 < high < 90, (low, high))
        ours, theirs = [True] * 60 + [False] * 40, [True] * 50 + [False] * 50
        mean, low, high = paired_interval(ours, theirs)
        self.assertAlmostEqual(mean, 10)
        self.assertTrue(0 < low < 10 < high, (low, high))
        with self.assertRaises(ValueError):
            paired_interval(ours, theirs[1:])


if __name__ == '__main__':
    unittest.main()

"""A Unigram tokenizer of a few dozen pieces with T5's pipeline, so that a fixture is a whole model folder."""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIAL = ["<pad>", "</s>", "<unk>"]
WORDS = ["▁the", "▁a", "▁to", "▁is", "▁of", "ing", "er", "ed", "th", "on", "an", "re", "▁w", "▁s", "▁b"]
MARKS = list(".,:?!'-")


def write_tokenizer(folder: Path, vocab_size: int) -> Tokenizer:
    """Writes tokenizer.json and tokenizer_config.json with exactly `vocab_size` pieces (at least 72)."""
    pieces = [(piece, 0.0) for piece in SPECIAL]
    pieces += [(word, -3.0 - 0.07 * i) for i, word in enumerate(WORDS)]
    pieces += [("▁", -2.5)] + [(mark, -4.5 - 0.03 * i) for i, mark in enumerate(MARKS)]
    pieces += [(chr(ord("a") + i), -5.0 - 0.05 * i) for i in range(26)]
    pieces += [(str(i), -6.5 - 0.05 * i) for i in range(10)]
    extras = vocab_size - len(pieces)
    if extras < 0:
        raise ValueError(f"vocab_size must be at least {len(pieces)}")
    # T5 numbers its sentinels downwards: <extra_id_0> is the last id.
    pieces += [(f"<extra_id_{extras - 1 - i}>", 0.0) for i in range(extras)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", "always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.decoder = decoders.Metaspace("▁", "always")
    tokenizer.add_special_tokens(SPECIAL + [piece for piece, _ in pieces if piece.startswith("<extra_id_")])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings = {
        "tokenizer_class": "T5TokenizerFast",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "extra_ids": extras,
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    return tokenizer

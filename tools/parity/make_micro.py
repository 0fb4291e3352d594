"""Writes the smallest whole T5 folder, randomly initialised, for tests that need a model and not its skill.

    python tools/parity/make_micro.py OUT
"""

import sys
from pathlib import Path

import torch
from tiny_tokenizer import write_tokenizer
from transformers import T5Config, T5ForConditionalGeneration

VOCAB = 96


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    config = T5Config(
        vocab_size=VOCAB,
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=True,
        decoder_start_token_id=0,
        dropout_rate=0.0,
    )
    T5ForConditionalGeneration(config).save_pretrained(out)
    write_tokenizer(out, VOCAB)
    for file in out.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()

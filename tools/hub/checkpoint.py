"""A checkpoint of random weights for tools/hub/run.mjs, and the check of what comes back.

    python tools/hub/checkpoint.py make OUT [--geometry NAME]
    python tools/hub/checkpoint.py check FOLDER

`make` writes what `save_pretrained` writes. `check` loads an exported FOLDER in transformers and compares the logits
of batch.json with logits.f32 beside it; exits 1 where they differ by more than 1e-4 of the largest.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy
import torch
from transformers import T5Config, T5ForConditionalGeneration

POCKET = Path(__file__).parents[2] / "public/models/pocket"

GATED = dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False)
PLAIN = dict(feed_forward_proj="relu", tie_word_embeddings=True)
# As in the models' own config.json on the Hub.
GEOMETRIES = {
    "flan-t5-small": dict(vocab_size=32128, d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6, **GATED),
    "flan-t5-base": dict(vocab_size=32128, d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_heads=12, **GATED),
    "t5-efficient-mini": dict(vocab_size=32128, d_model=384, d_kv=64, d_ff=1536, num_layers=4, num_heads=8, **PLAIN),
    "t5-efficient-tiny": dict(vocab_size=32128, d_model=256, d_kv=64, d_ff=1024, num_layers=4, num_heads=4, **PLAIN),
    "tiny": dict(vocab_size=8256, d_model=48, d_kv=16, d_ff=64, num_layers=2, num_heads=3, **GATED),
}


def make(out: Path, geometry: str) -> None:
    torch.manual_seed(7)
    config = T5Config(
        **GEOMETRIES[geometry],
        num_decoder_layers=GEOMETRIES[geometry]["num_layers"],
        decoder_start_token_id=0,
    )
    model = T5ForConditionalGeneration(config)
    if not config.tie_word_embeddings:
        with torch.no_grad():
            # As it is drawn, T5's head gives logits in the hundreds; a trained one does not.
            model.lm_head.weight.mul_(config.d_model**-0.5)
    model.save_pretrained(out)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(POCKET / name, out / name)


def check(folder: Path) -> int:
    model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    batch = json.loads((folder / "batch.json").read_text())
    ids = torch.tensor(batch["source"]).reshape(batch["rows"], -1)
    labels = torch.tensor(batch["labels"]).reshape(batch["rows"], -1)
    with torch.no_grad():
        theirs = model(input_ids=ids, labels=labels).logits.numpy()
    ours = numpy.fromfile(folder / "logits.f32", dtype="<f4").reshape(theirs.shape)
    worst = float(abs(ours - theirs).max() / abs(theirs).max())
    print(json.dumps({"logits": list(theirs.shape), "worst": worst, "equal": worst <= 1e-4}))
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["make", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--geometry", choices=list(GEOMETRIES), default="flan-t5-small")
    arguments = parser.parse_args()
    if arguments.work == "make":
        make(arguments.folder, arguments.geometry)
    else:
        sys.exit(check(arguments.folder))

"""A checkpoint of random weights for tools/hub/run.mjs, and the check of what comes back.

    python tools/hub/checkpoint.py make OUT [--geometry flan-t5-small|tiny]
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

GEOMETRIES = {
    # google/flan-t5-small's own config.json.
    "flan-t5-small": dict(vocab_size=32128, d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6),
    "tiny": dict(vocab_size=8256, d_model=48, d_kv=16, d_ff=64, num_layers=2, num_heads=3),
}


def make(out: Path, geometry: str) -> None:
    torch.manual_seed(7)
    config = T5Config(
        **GEOMETRIES[geometry],
        num_decoder_layers=GEOMETRIES[geometry]["num_layers"],
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
    )
    model = T5ForConditionalGeneration(config)
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

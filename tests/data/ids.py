"""Writes ids.json beside it: what Hugging Face's tokenizers make of every text of the tasks, as digests.

    LETHE_DATA=FOLDER python tests/data/ids.py
"""

import hashlib
import json
import os
import struct
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def texts(task: Path):
    for part in ("train", "validation", "test"):
        for line in (task / f"{part}.jsonl").read_text().split("\n"):
            if line:
                row = json.loads(line)
                yield row["input"]
                yield row["target"]


def digest(tokenizer: Tokenizer, task: Path) -> dict:
    sha, count, tokens = hashlib.sha256(), 0, 0
    for encoding in tokenizer.encode_batch(list(texts(task))):
        sha.update(struct.pack(f"<{len(encoding.ids)}i", *encoding.ids))
        count += 1
        tokens += len(encoding.ids)
    return {"texts": count, "tokens": tokens, "sha256": sha.hexdigest()}


if __name__ == "__main__":
    pocket = Tokenizer.from_file(str(ROOT / "public/models/pocket/tokenizer.json"))
    nmt = json.loads((ROOT / "tests/fixtures/tokenizer/nmt_nfkc.json").read_text())["tokenizer"]
    tasks = sorted((Path(os.environ["LETHE_DATA"]) / "tasks").iterdir())
    found = {
        name: {task.name: digest(tokenizer, task) for task in tasks}
        for name, tokenizer in {"pocket": pocket, "nmt_nfkc": Tokenizer.from_str(json.dumps(nmt))}.items()
    }
    (HERE / "ids.json").write_text(json.dumps(found, indent=1) + "\n")

"""Loads an exported checkpoint in transformers and compares its answers with those that a run recorded.

    python tools/parity/check_checkpoint.py CHECKPOINT RESULT.json

CHECKPOINT is the folder or zip of the run's last checkpoint, RESULT.json its RunResult. Prints every sample whose
answers differ; exits 1 when one does.
"""

import argparse
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration


def check(folder: Path, result: dict) -> int:
    # Half precision would be loaded as such; the engine computes in float32.
    model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = result["config"]
    evaluation = config["evaluation"]
    last_stage = max(row["stage"] for row in result["matrix"])
    compared, differing = 0, 0
    for sample in result["samples"]:
        recorded = next((a["answer"] for a in sample["answers"] if a["stage"] == last_stage), None)
        if recorded is None:
            continue
        ids = tokenizer(sample["prompt"]).input_ids
        limit = config["maxSourceTokens"]
        if len(ids) > limit:
            ids = ids[: limit - 1] + [tokenizer.eos_token_id]
        with torch.no_grad():
            out = model.generate(
                input_ids=torch.tensor([ids]),
                max_new_tokens=evaluation["maxNewTokens"],
                num_beams=evaluation["beams"],
                do_sample=False,
                use_cache=model.config.num_decoder_layers <= model.config.num_layers,
            )
        answer = tokenizer.decode(out[0], skip_special_tokens=True)
        compared += 1
        if answer != recorded:
            differing += 1
            print(f"{sample['task']}: {sample['prompt']!r}\n  recorded     {recorded!r}\n  transformers {answer!r}")
    search = "greedy" if evaluation["beams"] == 1 else f"{evaluation['beams']}-beam"
    print(f"{compared - differing} of {compared} {search} answers after stage {last_stage} are equal")
    return 1 if differing or compared == 0 else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("result", type=Path)
    arguments = parser.parse_args()
    result = json.loads(arguments.result.read_text())
    if arguments.checkpoint.is_dir():
        sys.exit(check(arguments.checkpoint, result))
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(arguments.checkpoint) as archive:
            archive.extractall(folder)
        sys.exit(check(Path(folder), result))


if __name__ == "__main__":
    main()

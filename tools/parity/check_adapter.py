"""Loads adapters that our engine has trained and exported in PEFT, and compares the logits.

    npm run parity -- --adapters OUT
    python tools/parity/check_adapter.py OUT [FIXTURES]

OUT/<fixture>/<backend>/<adapter> is a PEFT folder with logits.f32, what the engine computes for the first batch of
FIXTURES/<fixture> (tests/fixtures/parity by default). Exits 1 when any logit differs by more than 1e-4 of the largest.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy
import torch
from make_fixture import run
from peft import PeftModel
from transformers import T5ForConditionalGeneration

TOLERANCE = 1e-4
COMMITTED = Path(__file__).parent / "../../tests/fixtures/parity"


def check(adapter: Path, fixture: Path) -> bool:
    base = T5ForConditionalGeneration.from_pretrained(fixture, dtype=torch.float32).eval()
    batch = json.loads((fixture / "cases.json").read_text())["batches"][0]
    with torch.no_grad():
        before = run(base, batch).logits
        model = PeftModel.from_pretrained(base, adapter).eval()
        expected = run(model, batch).logits
    found = torch.from_numpy(numpy.fromfile(adapter / "logits.f32", dtype="<f4")).view(expected.shape)
    largest = expected.abs().max()
    error = ((found - expected).abs().max() / largest).item()
    effect = ((expected - before).abs().max() / largest).item()
    passed = error <= TOLERANCE < effect
    print(f"{'pass' if passed else 'FAIL'}  {adapter}: logits differ by {error:.1e}; the adapter changes them by {effect:.1e}")
    return passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapters", type=Path)
    parser.add_argument("fixtures", type=Path, nargs="?", default=COMMITTED)
    arguments = parser.parse_args()
    folders = sorted(config.parent for config in arguments.adapters.glob("*/*/*/adapter_config.json"))
    if not folders:
        sys.exit(f"{arguments.adapters} has no adapters")
    results = [check(folder, arguments.fixtures / folder.parts[-3]) for folder in folders]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

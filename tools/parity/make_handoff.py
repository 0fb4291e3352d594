"""Writes what the PyTorch program of a hand-off computes for small plans, for `src/handoff/parity.test.ts`.

    python tools/parity/make_handoff.py [--only NAME]

The tests run the same plans on our engine and compare losses, scores, row by row outcomes and costs. The plans are
those of tests/fixtures/handoff/cases.json on its tasks and the micro model; each case's result is put beside them, and
draws.json with it. A case says how many processes it is computed with. `sources` holds the tests to these very sources.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src/handoff/python"
FIXTURES = ROOT / "tests/fixtures/handoff"
sys.path.insert(0, str(SOURCES))

import numpy  # noqa: E402
import run as program  # noqa: E402
from lethe_run import order, outcomes, randomness, scores  # noqa: E402

# Of a result, what is neither chance nor about the machine.
KEPT = "bands losses evaluations matrix metrics samples labels testRows lost relearning cost truncated parameters".split()


def digest() -> str:
    """Of every Python source of the hand-off, by name and content."""
    found = hashlib.sha256()
    for file in sorted(SOURCES.rglob("*.py")):
        found.update(f"{file.relative_to(SOURCES).as_posix()}\n".encode() + file.read_bytes())
    return found.hexdigest()


def run(folder: Path, out: Path, processes: int) -> dict:
    """The program: by several processes as a person starts it, by one within this one."""
    if processes == 1:
        sys.argv = ["run.py", "--cpu", "--folder", str(folder), "--out", str(out)]
        try:
            program.main()
        except SystemExit as end:
            if end.code:
                raise
        return json.loads((out / "result.json").read_text())
    command = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", str(processes)]
    command += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    # Processes on CPUs are started as those on GPUs are; port 0 is any that is free.
    command += ["--multi_gpu", "--main_process_port", "0"]
    subprocess.run([*command, str(SOURCES / "run.py"), "--cpu", "--folder", str(folder), "--out", str(out)], check=True)
    return json.loads((out / "result.json").read_text())


def unfold(cases: dict, case: dict) -> dict:
    config = {**cases["config"], **case["changes"]}
    config["plan"] = {**config["plan"], **case.get("plan", {})}
    return config


def make_case(cases: dict, case: dict) -> dict:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "run.json").write_text(json.dumps(unfold(cases, case)))
        (folder / "tasks").symlink_to(FIXTURES / "tasks")
        (folder / "model").symlink_to(ROOT / "tests/fixtures/models/micro")
        result = run(folder, folder / "out", case["processes"])
    return {"sources": digest(), **{key: result[key] for key in KEPT if key in result}}


def make_draws() -> dict:
    """Numbers, orders and texts that both sides make of the same counters."""
    sizes = [5, 300, 40]
    mixing = {"mixing": "temperature", "cap": 100, "temperature": 2}
    orders = [order.ExampleOrder(n, 9, i + 1) for i, n in enumerate(sizes)]
    logits = numpy.array([randomness.draws(randomness.stream_key(3, 4), 120)], dtype=numpy.float64).reshape(4, 30) / 2**30
    values = (randomness.draws(randomness.stream_key(1, 2), 37) / 2**30).tolist()
    return {
        "sources": digest(),
        "hash": [randomness.hash32(x) for x in (0, 1, 12345, 2**31, 2**32 - 1)],
        "draw": [randomness.draw(randomness.stream_key(7, 1, 4294967295), i) for i in (0, 1, 99, 2**31)],
        "shuffled": randomness.shuffled(100, 5, 1, 0),
        "order": order.ExampleOrder(7, 3, 2).rows(4, 20),
        "mixture": order.MixtureOrder(orders, sizes, mixing, 9, order.MIXING, 2).rows(6, 60),
        "reservoir": [order.reservoir_place(i, 4, 11, 2) for i in range(40)],
        "sample": order.evaluation_sample(list(range(50)), 9),
        "labels": randomness.sampled_labels(logits.astype(numpy.float32), 77),
        "bits": outcomes.pack_bits([i % 3 == 0 for i in range(21)]),
        "codes": outcomes.pack_codes([0, 1, 258, 65535]),
        "floats": outcomes.pack_floats([0.0, 1.5, -2.25e-3]),
        "wilson": scores.wilson(7, 9),
        "bootstrap": scores.bootstrap(values, [1 + i % 4 for i in range(37)]),
    }


def write(name: str, value: dict) -> None:
    (FIXTURES / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False) + "\n")
    print(FIXTURES / f"{name}.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="of one case")
    only = parser.parse_args().only
    cases = json.loads((FIXTURES / "cases.json").read_text())
    if only is None:
        write("draws", make_draws())
    for case in cases["cases"]:
        if only in (None, case["name"]):
            write(f"result-{case['name']}", make_case(cases, case))


if __name__ == "__main__":
    main()

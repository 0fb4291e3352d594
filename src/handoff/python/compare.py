"""Says how far runs here are from the browser's.

    python compare.py browser.json results/result.json
    python compare.py A1.json B1.json A2.json B2.json …

Takes results in pairs, the browser's first, and prints for each pair the largest difference of the first losses and of
the scores, and over several pairs (one a seed) the mean difference of average accuracy with Student's 95 % interval.
Exits 1 when the first losses of a pair differ by more than 1e-3, which dropout makes them do, or when the interval over
at least three pairs reaches beyond 3 points.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

TOLERANCE = 1e-3
POINTS = 3
# The 97.5 % quantile of Student's t distribution by degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131]


def scores_of(result: dict) -> dict:
    return {(row["stage"], s["task"]): s["score"]["value"] for row in result["matrix"] for s in row["scores"]}


def compare(ours: dict, theirs: dict, first: int) -> float:
    """Prints how far two results are apart. Returns the largest difference of the first losses."""
    if ours["bands"] != theirs["bands"]:
        sys.exit("the two results are of different plans")
    differences = [abs(a - b) for a, b in zip(ours["losses"], theirs["losses"])]
    early = max(differences[:first])
    a, b = scores_of(ours), scores_of(theirs)
    far = max(abs(a[key] - b[key]) for key in a)
    means = ours["metrics"]["averageAccuracy"], theirs["metrics"]["averageAccuracy"]
    count = min(first, len(differences))
    print(
        f"{ours['config']['method']['name']}, seed {ours['config']['seed']}: first {count} losses within {early:.1e}, all "
        f"{len(differences)} within {max(differences):.1e}; entries of R within {far:.1f} points; average accuracy "
        f"{means[0]:.2f} and {means[1]:.2f}"
    )
    return early


def interval(differences: list[float]) -> tuple[float, float]:
    half = STUDENT[min(len(differences) - 2, len(STUDENT) - 1)] * statistics.stdev(differences) / len(differences) ** 0.5
    centre = statistics.mean(differences)
    return centre - half, centre + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--first", type=int, default=50, help="losses that must agree")
    args = parser.parse_args()
    if len(args.results) % 2:
        parser.error("expected results in pairs")
    results = [json.loads(file.read_text(encoding="utf-8")) for file in args.results]
    pairs = list(zip(results[::2], results[1::2]))
    failed = any([compare(ours, theirs, args.first) > TOLERANCE for ours, theirs in pairs])
    if len(pairs) > 1:
        differences = [b["metrics"]["averageAccuracy"] - a["metrics"]["averageAccuracy"] for a, b in pairs]
        low, high = interval(differences)
        mean = statistics.mean(differences)
        print(f"average accuracy over {len(pairs)} pairs: {mean:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}")
        failed |= len(pairs) > 2 and (low < -POINTS or high > POINTS)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

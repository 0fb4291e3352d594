"""Repeats a plan of Lethe in PyTorch and writes a RunResult that Lethe opens.

    pip install -r requirements.txt
    accelerate launch run.py --out results                     # one process
    accelerate launch --num_processes 4 run.py --out results   # four, on four GPUs or on CPUs with --cpu

Reads run.json, model/ (or the Hub id in model.json) and tasks/ beside this file. Writes OUT/result.json after every
stage, and the weights after the last one to OUT/checkpoint/.
"""

import argparse
import json
import sys
from pathlib import Path

from accelerate import Accelerator

from lethe_run.learner import Learner
from lethe_run.model import open_model, save_model
from lethe_run.order import bands_of
from lethe_run.plan import Diverged, PlanRun
from lethe_run.record import device_info, new_record, write_record
from lethe_run.tasks import Codec, prepare_task

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder for the result and the checkpoint")
    parser.add_argument("--folder", type=Path, default=HERE, help="where run.json, model/ and tasks/ are")
    parser.add_argument("--seed", type=int, help="in place of the run's own")
    parser.add_argument("--rows-at-once", type=int, default=1024, help="rows that go through the model together in a process")
    parser.add_argument("--cpu", action="store_true", help="also where there is a GPU")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    config = json.loads((args.folder / "run.json").read_text(encoding="utf-8"))
    if args.seed is not None:
        config["seed"] = args.seed
    accelerator = Accelerator(cpu=args.cpu)
    main_process = accelerator.is_main_process

    def tell(line: str) -> None:
        if main_process:
            print(line, file=sys.stderr, flush=True)

    model, tokenizer = open_model(args.folder, config)
    codec = Codec(tokenizer)
    plan = config["plan"]
    trained = [stage["task"] for stage in plan["stages"]]
    about = {task["id"]: task for task in config["tasks"]}
    tasks = [
        prepare_task(about[id], args.folder / "tasks" / id, codec, config, id in trained)
        for id in [*trained, *plan["watched"]]
    ]
    dropout = config.get("dropout", model.config.dropout_rate) > 0 or config.get("lora", {}).get("dropout", 0) > 0
    learner = Learner(model, config["optimizer"], dropout, args.rows_at_once, accelerator)
    parameters = sum(p.numel() for name, p in model.named_parameters() if "lora_" not in name)
    bands = bands_of(config, {task.id: len(task.train) for task in tasks})
    record = new_record(config, bands, tasks, parameters, device_info(accelerator))
    tell(f"{record['device']['description']}: {parameters:,} parameters, {record['totalSteps']} steps")

    def save(stage: int) -> None:
        if not main_process:
            return
        args.out.mkdir(parents=True, exist_ok=True)
        write_record(record, args.out / "result.json")

    try:
        PlanRun(record, tasks, learner, codec, tell, save).run()
    except Diverged as error:
        record["status"], record["error"] = "failed", str(error)
    save(len(bands))
    if main_process and record["status"] == "finished":
        save_model(model, tokenizer, args.out / "checkpoint")
    tell(f"{args.out / 'result.json'}: {record['status']}{', ' + record['error'] if 'error' in record else ''}")
    accelerator.end_training()
    sys.exit(0 if record["status"] == "finished" else 1)


if __name__ == "__main__":
    main()

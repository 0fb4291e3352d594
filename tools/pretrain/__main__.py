"""One command a phase: `python tools/pretrain {check,tokenizer,pretrain,…} --data FOLDER --state FOLDER`; see README.md."""

import argparse
import os
from pathlib import Path

os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
os.environ.setdefault('TOKENIZERS_PARALLELISM', 'true')


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='tools/pretrain', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text)
        sub.add_argument('--data', help='the data folder (or LETHE_DATA)')
        sub.add_argument('--state', type=Path, default=Path('.pretrain'), help='where tokenizer, windows, states and logs lie')
        return sub

    command('check', 'say which files of the data folder are there')
    sub = command('tokenizer', 'train the tokenizer')
    sub.add_argument('--vocabulary', type=int, default=8192)
    sub = command('pretrain', 'span corruption')
    sub.add_argument('--shape', default='8192x160x5x32x480x4x2')
    sub.add_argument('--run', default='pretrain', help="the run's folder in the state folder")
    sub.add_argument('--steps', type=int, default=100_000)
    sub.add_argument('--decay', type=int, default=0)
    sub.add_argument('--batch', type=int, default=64)
    sub.add_argument('--muon', type=float, default=0.02)
    sub.add_argument('--adam', type=float, default=0.01)
    sub.add_argument('--no-compile', action='store_true', help='worth it for runs of a few minutes')
    sub.add_argument('--cpu-limit', type=float, default=0.0, help='stop after that many CPU seconds (for sweeps)')
    sub.add_argument('--fraction', type=float, default=1.0, help='share of the text (for sweeps)')
    sub = command('rows', "more rows of the project's own known tasks, for the mixture (needs Node)")
    sub.add_argument('--rows', type=int, default=20_000)
    sub = command('instruct', 'multi-task instruction tuning')
    sub.add_argument('--run', default='instruct')
    sub.add_argument('--start', type=Path, help='a Hugging Face folder to start from, instead of a run')
    sub.add_argument('--after', default='pretrain', help='the run to start from')
    sub.add_argument('--shape', default='8192x160x5x32x480x4x2')
    sub.add_argument('--steps', type=int, default=100_000)
    sub.add_argument('--decay', type=int, default=0)
    sub.add_argument('--batch', type=int, default=40, help='packed rows a step')
    sub.add_argument('--muon', type=float, default=0.01)
    sub.add_argument('--adam', type=float, default=0.005)
    sub.add_argument('--dropout', type=float, default=0.05)
    sub.add_argument('--average', type=float, default=0.995)
    sub.add_argument('--public', type=float, default=0.45, help='share of the four known public tasks')
    sub.add_argument('--own', type=float, default=0.0, help="share of the project's own known tasks")
    sub.add_argument('--text', type=float, default=0.2, help='share of rows that begin with text to mend')
    sub.add_argument('--word-dropout', type=float, default=0.1)
    sub.add_argument('--fraction', type=float, default=0.2, help='share of the text that is read')
    sub.add_argument('--every', type=int, default=200)
    sub = command('export', "a run's newest weights as a Hugging Face folder, fp16")
    sub.add_argument('--run', default='instruct')
    sub.add_argument('--start', type=Path, help='the folder whose tokenizer the run uses, if it started from one')
    sub.add_argument('--out', type=Path, required=True)
    sub = command('score', 'exact match on the test parts, with intervals; unseen tasks are fine-tuned first')
    sub.add_argument('--model', type=Path, required=True)
    sub.add_argument('--against', type=Path, help='another model folder, compared on the same rows')
    sub.add_argument('--tasks', default='moviereview,dbpedia,banking77,bitext-intent,agnews,emotion')
    sub.add_argument('--part', default='test', choices=('test', 'validation'))
    sub.add_argument('--rate', type=float, default=1e-3, help='learning rate of fine-tuning')
    sub.add_argument('--fine-tune-steps', type=int, default=400)
    sub.add_argument('--warmup', type=int, default=0, help='steps over which the rate rises')
    sub.add_argument('--embeddings-only', action='store_true', help='fine-tune the embeddings and nothing else')
    sub.add_argument('--dropout', type=float, default=0.0)
    sub.add_argument('--text', action='store_true', help='also the span-corruption loss on held-out text')
    sub.add_argument('--write', type=Path, help='where the table goes as JSON')
    sub = command('plot', "a run's losses as an SVG")
    sub.add_argument('--run', default='instruct')
    sub.add_argument('--out', type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    os.environ.setdefault('TORCHINDUCTOR_CACHE_DIR', str(args.state / 'compiled'))
    import phases

    getattr(phases, args.command)(args)


if __name__ == '__main__':
    main()

/** The README of a hand-off: how to run it, and in plain words what will be equal and what will not. */
import type { RunConfig } from '../run/config';
import type { RunResult } from '../run/result';

function planLines({ plan, tasks }: RunConfig): string[] {
  const nameOf = (id: string): string => tasks.find((task) => task.id === id)?.name ?? id;
  return [
    ...plan.stages.map(
      (s, i) =>
        `${i + 1}. ${nameOf(s.task)}, ${s.steps === undefined ? `${s.epochs ?? 0} epochs` : `${s.steps} steps`}`,
    ),
    ...plan.watched.map((id) => `- watched: ${nameOf(id)}`),
  ];
}

/** @param dropout the rate that the run trains with; null when the model decides and the config does not say */
function equality(config: RunConfig, dropout: number | null): string {
  const same = `Equal, exactly: which examples each step sees and in which order (they are a function of the seed, ${config.seed}), the
rows that are scored, what a method keeps and draws, the number of steps, and the definitions of every score and measure.

Equal but for rounding: the arithmetic. Both sides compute in 32-bit floating point and sum in another order, so the
first losses agree to about six digits and drift apart slowly. Scores of single rows may differ where a model is in doubt.
The number of processes changes nothing else: each takes its share of every batch, and the gradients are added up.
Labels drawn for EWC's Fisher information come from the same numbers, so they too agree but where a draw is close.`;
  const masks = `Not equal: dropout. It draws other masks here than in the browser, so single losses differ from the first step on
and only averages over seeds can be compared. For a run that repeats the browser's, set "dropout": 0 in run.json and
run both sides with it.`;
  const timings = 'Not comparable: seconds, memory and devices, which are those of this machine.';
  return [same, ...(dropout === 0 ? [] : [masks]), timings].join('\n\n');
}

/**
 * @param model where the weights come from, in words
 * @param dropout the rate that is trained with; null where only the model's config says it
 */
export function readme(
  config: RunConfig,
  { model, dropout, result }: { model: string; dropout: number | null; result: RunResult | undefined },
): string {
  return `# ${config.name ?? result?.name ?? 'A plan'}, on PyTorch

This folder repeats a run of Lethe with transformers, PEFT and Accelerate, on one process or many.

${planLines(config).join('\n')}

Method: ${config.method.name}. Weights: ${model}. Batches of ${config.batchSize}, seed ${config.seed}.

## Run it

Python 3.10 or newer:

    pip install -r requirements.txt
    accelerate launch run.py --out results

On several GPUs of a machine: \`accelerate launch --multi_gpu --num_processes 4 run.py --out results\`. On several
machines: the same command on each, with what \`accelerate config\` asks for. On CPUs: \`accelerate launch --multi_gpu
--num_processes 2 run.py --cpu --out results\` (the flag starts the processes; they talk over gloo).

\`--rows-at-once N\` bounds the rows of a batch that a process holds at once, for models that need the memory; it changes
rounding alone. \`--seed N\` takes another seed. Every process holds the whole model.

\`results/result.json\` is a RunResult: in Lethe, Compare, "Open a result", and it stands beside the browser's.
\`results/checkpoint/\` has the weights after the last stage as a Hugging Face folder.
${result ? '\n`python compare.py browser.json results/result.json` says how far the two runs are apart.\n' : ''}
## What is equal and what is not

${equality(config, dropout)}

## What is here

| file | what it is |
| --- | --- |
| \`run.json\` | the plan and every setting (a RunConfig of Lethe) |
| \`tasks/\` | each task as JSON lines: \`input\`, \`target\`, and \`targets\` where several answers are right |
| \`model/\` or \`model.json\` | the weights that the run begins with, or the id of the Hub that they have |
| \`run.py\`, \`lethe_run/\` | the program |
${result ? '| `browser.json`, `compare.py` | what the browser computed, and the comparison |\n' : ''}`;
}

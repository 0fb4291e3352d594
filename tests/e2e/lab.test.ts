/** The headless lab, as its command: a run on WASM with local files, and the refusal of wrong configs. */
import { unzipSync } from 'fflate';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConfigInput } from '../../src/run/config';
import type { RunResult } from '../../src/run/result';
import type { BatchDump } from '../../tools/lab/batches';
import { root } from '../../tools/project.mjs';
import { fixtures, tensorDigests } from './site';

const config = path.join(fixtures, 'lab/config.json');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-lab-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

function lab(...args: string[]): Promise<{ code: number | null; stderr: string; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'tools/lab/run.mjs'), ...args], { cwd: folder });
    let stderr = '';
    let stdout = '';
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr, stdout }));
  });
}

const read = async (name: string) => readFile(path.join(folder, name));

it('runs a config with local files and leaves its result and its checkpoint', async () => {
  const { code, stderr } = await lab(
    ...[config, '--out', 'out', '--backend', 'wasm', '--dump-batches', '7', '--handoff', 'away.zip'],
  );
  expect(code, stderr).toBe(0);
  const result = JSON.parse((await read('out/result.json')).toString()) as RunResult;
  expect(result.status).toBe('finished');
  expect(result.device!.backend).toBe('wasm');
  // Paths are as the person wrote them, not as the lab served them.
  expect(result.config.model).toEqual({ source: 'folder', path: '../models/micro' });
  expect(result.config.tasks[0]!.data).toMatchObject({ train: '../e2e/reviews.csv' });
  expect(result.losses).toHaveLength(10);
  expect(result.losses.every(Number.isFinite)).toBe(true);
  expect(result.matrix.map(({ stage, scores }) => [stage, scores.length])).toEqual([
    [0, 2],
    [1, 2],
    [2, 2],
  ]);
  expect(result.metrics.averageAccuracy).not.toBeNull();
  const trainedStages = result.timings.filter(({ stage }) => stage > 0);
  expect(trainedStages.every(({ stepSeconds }) => stepSeconds > 0)).toBe(true);
  const answers = result.samples.filter(({ task }) => task === 'reviews')[0]!.answers;
  expect(answers.map(({ stage }) => stage)).toEqual([0, 1, 2]);

  expect((await readdir(path.join(folder, 'out/checkpoint'))).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const trained = await tensorDigests(await read('out/checkpoint/model.safetensors'));
  const untrained = await tensorDigests(
    await readFile(path.join(fixtures, 'models/micro/model.safetensors')),
  );
  expect(Object.keys(trained).sort()).toEqual(Object.keys(untrained).sort());
  for (const [name, digest] of Object.entries(trained)) expect(digest, name).not.toBe(untrained[name]);

  const { steps } = JSON.parse((await read('out/batches.json')).toString()) as BatchDump;
  expect(steps.map(({ task }) => task)).toEqual([...new Array<string>(6).fill('reviews'), 'tickets']);
  expect(steps.every(({ examples }) => examples.length === 4)).toBe(true);
  // What repeats the run on PyTorch names files as the person did, and holds the weights from before training.
  const away = unzipSync(await read('away.zip'));
  const text = (name: string) => JSON.parse(Buffer.from(away[name]!).toString()) as unknown;
  expect(text('run.json')).toEqual(result.config);
  expect(text('browser.json')).toMatchObject({ config: result.config, losses: result.losses });
  expect(await tensorDigests(away['model/model.safetensors']!)).toEqual(untrained);
  expect(Object.keys(away)).toEqual(
    expect.arrayContaining(['run.py', 'README.md', 'tasks/tickets/test.jsonl']),
  );

  expect(stderr).toMatch(/R after stage 2, step 10: reviews [\d.]+, tickets [\d.]+/);
});

it('leaves the adapter of a run of LoRA beside the model that it was added to', async () => {
  const model = { source: 'folder', path: path.join(fixtures, 'models/micro') };
  const plan = JSON.parse(await readFile(config, 'utf8')) as RunConfigInput;
  const tasks = plan.tasks.slice(0, 1).map((task) => ({
    ...task,
    data: { ...task.data, train: path.join(fixtures, 'e2e/reviews.csv') },
  }));
  const lora = { rank: 2, targets: ['q', 'wi'] };
  const stages = [{ task: 'reviews', steps: 2 }];
  const adapted = { ...plan, model, tasks, plan: { stages }, lora };
  await writeFile(path.join(folder, 'lora.json'), JSON.stringify(adapted));
  const { code, stderr } = await lab('lora.json', '--out', 'adapted', '--backend', 'wasm');
  expect(code, stderr).toBe(0);
  const about = JSON.parse((await read('adapted/adapter/adapter_config.json')).toString()) as object;
  expect(about).toMatchObject({
    peft_type: 'LORA',
    r: 2,
    lora_alpha: 16,
    target_modules: ['q', 'wi_0', 'wi_1'],
  });
  const matrices = await tensorDigests(await read('adapted/adapter/adapter_model.safetensors'));
  expect(Object.keys(matrices)).toContain(
    'base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight',
  );
  const merged = await tensorDigests(await read('adapted/checkpoint/model.safetensors'));
  const before = await tensorDigests(await readFile(path.join(fixtures, 'models/micro/model.safetensors')));
  for (const [name, digest] of Object.entries(merged)) {
    const beside = /\.(q|wi_[01])\.weight$/.test(name);
    expect(digest === before[name], name).toBe(!beside);
  }
});

it('refuses a wrong config with the path and the reason of every error', async () => {
  const wrong = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
  wrong['optimizer'] = { name: 'adamw', learningRate: -1 };
  wrong['batchSize'] = 2.5;
  wrong['plan'] = {
    stages: [
      { task: 'reviews', steps: 2 },
      { task: 'nothing', steps: 1 },
    ],
  };
  await writeFile(path.join(folder, 'wrong.json'), JSON.stringify(wrong));
  const { code, stderr, stdout } = await lab('wrong.json', '--out', 'none');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^wrong\.json: optimizer\.learningRate: .+$/m);
  expect(stderr).toMatch(/^wrong\.json: batchSize: .+$/m);
  expect(stdout).toBe('');
  await expect(readdir(path.join(folder, 'none'))).rejects.toThrow('ENOENT');
});

it('refuses files that are not there, broken JSON and a wrong command line', async () => {
  const lost = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
  await writeFile(path.join(folder, 'lost.json'), JSON.stringify(lost));
  const missing = await lab('lost.json', '--out', 'none');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/^lost\.json: model\.path: .*models\/micro is no Hugging Face folder/m);
  expect(missing.stderr).toMatch(/^lost\.json: tasks\.0\.data\.train: .*reviews\.csv is no file$/m);
  expect(missing.stderr).toMatch(/^lost\.json: tasks\.1\.data\.train: .*tickets\.csv is no file$/m);

  await writeFile(path.join(folder, 'broken.json'), '{"version": 1,');
  const broken = await lab('broken.json', '--out', 'none');
  expect(broken.code).toBe(2);
  expect(broken.stderr).toMatch(/^broken\.json: .*JSON/m);

  expect((await lab(config)).code).toBe(2);
  expect((await lab(config, '--out', 'none', '--backend', 'cpu')).code).toBe(2);
  expect((await lab(config, '--out', 'none', '--dump-batches', '-1')).code).toBe(2);
  expect((await lab(config, '--handoff', 'none.zip', '--dump-batches', '3')).code).toBe(2);
});

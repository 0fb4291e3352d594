import { shareLink } from './links';
import { projectFile } from './projects';
import { address, runConfig, runResult } from './records';
import { csv, json, jsonl, parquet } from './tables';
import type { Target } from './target';
import { hubName, modelConfig, peft, safetensors, zip } from './weights';

export { fuzz } from './target';

export const targets = [
  csv,
  json,
  jsonl,
  parquet,
  safetensors,
  zip,
  runConfig,
  runResult,
  peft,
  modelConfig,
  hubName,
  address,
  shareLink,
  projectFile,
] as unknown as Target[];

/** The operations that WebGPU has kernels for. */
import { activationGradPlan, activationPlan } from '../ops/activation/webgpu';
import {
  adafactorApplyPlan,
  adafactorColumnsPlan,
  adafactorMeansPlan,
  adafactorNormsPlan,
  adafactorRowsPlan,
  adafactorSquaresPlan,
} from '../ops/adafactor/webgpu';
import { adamwPlan } from '../ops/adamw/webgpu';
import { argmaxPlan } from '../ops/argmax/webgpu';
import {
  attentionBiasGradPlan,
  attentionKeyValueGradPlan,
  attentionPlan,
  attentionQueryGradPlan,
} from '../ops/attention/webgpu';
import { combinePlan, rescalePlan } from '../ops/combine/webgpu';
import { crossEntropyPlan } from '../ops/crossEntropy/webgpu';
import { dotPlan, projectionPlan } from '../ops/dot/webgpu';
import { dropoutPlan } from '../ops/dropout/webgpu';
import { embeddingGradPlan, embeddingPlan } from '../ops/embedding/webgpu';
import { addSquaresPlan, penaltyGradPlan } from '../ops/importance/webgpu';
import { distillationPlan, logitErrorPlan } from '../ops/logitMatch/webgpu';
import { matmulPlan } from '../ops/matmul/webgpu';
import { overlapGradPlan, overlapPlan } from '../ops/overlap/webgpu';
import { positionBiasGradPlan, positionBiasPlan } from '../ops/positionBias/webgpu';
import { rmsNormGradPlan, rmsNormPlan, rmsNormWeightGradPlan } from '../ops/rmsNorm/webgpu';
import { sampleLabelsPlan } from '../ops/sampleLabels/webgpu';
import { axpyPlan, clipFactorPlan, fillPlan, sumSquaresPlan } from '../ops/vector/webgpu';
import type { Plan } from './kernel';

/** By the name of the operation's spec. */
export const plans: Readonly<Record<string, Plan>> = {
  activation: activationPlan,
  activationGrad: activationGradPlan,
  adafactorApply: adafactorApplyPlan,
  adafactorColumns: adafactorColumnsPlan,
  adafactorMeans: adafactorMeansPlan,
  adafactorNorms: adafactorNormsPlan,
  adafactorRows: adafactorRowsPlan,
  adafactorSquares: adafactorSquaresPlan,
  adamw: adamwPlan,
  addSquares: addSquaresPlan,
  argmax: argmaxPlan,
  attention: attentionPlan,
  attentionBiasGrad: attentionBiasGradPlan,
  attentionKeyValueGrad: attentionKeyValueGradPlan,
  attentionQueryGrad: attentionQueryGradPlan,
  axpy: axpyPlan,
  clipFactor: clipFactorPlan,
  combine: combinePlan,
  crossEntropy: crossEntropyPlan,
  distillation: distillationPlan,
  dot: dotPlan,
  dropout: dropoutPlan,
  embedding: embeddingPlan,
  embeddingGrad: embeddingGradPlan,
  fill: fillPlan,
  logitError: logitErrorPlan,
  matmul: matmulPlan,
  penaltyGrad: penaltyGradPlan,
  overlap: overlapPlan,
  overlapGrad: overlapGradPlan,
  positionBias: positionBiasPlan,
  positionBiasGrad: positionBiasGradPlan,
  projection: projectionPlan,
  rescale: rescalePlan,
  rmsNorm: rmsNormPlan,
  rmsNormGrad: rmsNormGradPlan,
  rmsNormWeightGrad: rmsNormWeightGradPlan,
  sampleLabels: sampleLabelsPlan,
  sumSquares: sumSquaresPlan,
};

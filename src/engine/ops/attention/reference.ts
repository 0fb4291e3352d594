import { at, type ReferenceKernel } from '../../program/reference';
import { dropped } from '../dropout/reference';

const lowest = -3.4028234663852886e38;

export const attention: ReferenceKernel = ([q, kv, bias, mask, scalars, probs, ctx], ints, [rate]) => {
  const [B, H, T, S, dKv, rowQ, offQ, rowKv, offK, offV, keyRows, causal, hasBias, site] = ints;
  const scores = new Float64Array(S);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++) {
        const query = (b * T + t) * rowQ + offQ + h * dKv;
        const row = ((b * H + h) * T + t) * S;
        let largest = -Infinity;
        for (let s = 0; s < S; s++) {
          const key = (b * keyRows + s) * rowKv + offK + h * dKv;
          let score = hasBias ? at(bias, (h * T + t) * S + s) : 0;
          for (let d = 0; d < dKv; d++) score += at(q, query + d) * at(kv, key + d);
          if (at(mask, b * S + s) === 0 || (causal && s > t)) score = lowest;
          scores[s] = score;
          largest = Math.max(largest, score);
        }
        let sum = 0;
        for (let s = 0; s < S; s++) sum += scores[s] = Math.exp(at(scores, s) - largest);
        const context = new Float64Array(dKv);
        for (let s = 0; s < S; s++) {
          const p = (probs[row + s] = at(scores, s) / sum);
          const kept = dropped(scalars, site, row + s, rate, p);
          const value = (b * keyRows + s) * rowKv + offV + h * dKv;
          for (let d = 0; d < dKv; d++) context[d] = at(context, d) + kept * at(kv, value + d);
        }
        ctx.set(context, (b * T + t) * H * dKv + h * dKv);
      }
};

export const attentionQueryGrad: ReferenceKernel = ([dctx, kv, probs, scalars, dScore, dq], ints, [rate]) => {
  const [B, H, T, S, dKv, rowQ, offQ, rowKv, offK, offV, keyRows, , , site] = ints;
  const dP = new Float64Array(S);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++) {
        const row = ((b * H + h) * T + t) * S;
        let dot = 0;
        for (let s = 0; s < S; s++) {
          const value = (b * keyRows + s) * rowKv + offV + h * dKv;
          let sum = 0;
          for (let d = 0; d < dKv; d++)
            sum += at(dctx, (b * T + t) * H * dKv + h * dKv + d) * at(kv, value + d);
          dP[s] = dropped(scalars, site, row + s, rate, sum);
          dot += at(dP, s) * at(probs, row + s);
        }
        const dQuery = new Float64Array(dKv);
        for (let s = 0; s < S; s++) {
          const dS = (dScore[row + s] = at(probs, row + s) * (at(dP, s) - dot));
          const key = (b * keyRows + s) * rowKv + offK + h * dKv;
          for (let d = 0; d < dKv; d++) dQuery[d] = at(dQuery, d) + dS * at(kv, key + d);
        }
        dq.set(dQuery, (b * T + t) * rowQ + offQ + h * dKv);
      }
};

export const attentionKeyValueGrad: ReferenceKernel = (
  [dctx, q, probs, dScore, scalars, dkv],
  ints,
  [rate],
) => {
  const [B, H, T, S, dKv, rowQ, offQ, rowKv, offK, offV, keyRows, , , site] = ints;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let s = 0; s < S; s++) {
        const dKey = new Float64Array(dKv);
        const dValue = new Float64Array(dKv);
        for (let t = 0; t < T; t++) {
          const i = ((b * H + h) * T + t) * S + s;
          const dS = at(dScore, i);
          const p = dropped(scalars, site, i, rate, at(probs, i));
          for (let d = 0; d < dKv; d++) {
            dKey[d] = at(dKey, d) + dS * at(q, (b * T + t) * rowQ + offQ + h * dKv + d);
            dValue[d] = at(dValue, d) + p * at(dctx, (b * T + t) * H * dKv + h * dKv + d);
          }
        }
        dkv.set(dKey, (b * keyRows + s) * rowKv + offK + h * dKv);
        dkv.set(dValue, (b * keyRows + s) * rowKv + offV + h * dKv);
      }
};

export const attentionBiasGrad: ReferenceKernel = ([dScore, dBias], [B, HTS, accumulate]) => {
  for (let i = 0; i < HTS; i++) {
    let sum = 0;
    for (let b = 0; b < B; b++) sum += at(dScore, b * HTS + i);
    dBias[i] = (accumulate ? at(dBias, i) : 0) + sum;
  }
};

import { describe, expect, it } from 'vitest';
import { fixtureRun } from '../testing/fixture';
import { secondsHere } from './estimate';

const timing = (stage: number, trainSeconds: number, evaluationSeconds: number, stepSeconds: number) => ({
  stage,
  trainSeconds,
  evaluationSeconds,
  stepSeconds,
});

describe('the time that a recorded run takes here', () => {
  const run = { ...fixtureRun(), timings: [timing(0, 0, 10, 0), timing(1, 30, 20, 0.1)] };

  it('is the recorded one, as much longer as a step is', () => {
    expect(secondsHere(run, 0.1)).toBeCloseTo(60);
    expect(secondsHere(run, 0.3)).toBeCloseTo(180);
  });

  it('is not known where nothing was timed', () => {
    expect(secondsHere({ ...run, timings: [] }, 0.1)).toBeNull();
  });
});

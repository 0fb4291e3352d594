/** One run under a chain of kills. */
import type { RunConfigInput } from '../../../src/run/config';
import { startBrowser, type LiveBrowser } from '../harness/browser';
import type { Draws } from '../harness/draws';
import {
  checkpointsIn,
  corruption,
  differences,
  endOf,
  inspect,
  type End,
  type Inspected,
} from '../harness/inspect';
import {
  finished,
  goOn,
  listen,
  openPage,
  pauseAndGoOn,
  press,
  record,
  sleep,
  start,
  type Heard,
} from '../harness/page';
import { smallRun } from '../harness/site';

/** A resume repeats no more of the work than this, in seconds. */
const MOST_REPEATED = 30;

/** When the browser is killed; `late` means past the checkpoints that the clock makes within a stage. */
export type Moment = 'loading' | 'training' | 'checkpointing' | 'deleting' | 'late';

/** Steps of the stages: a few seconds of training each, and once a stage of minutes. */
const STEPS = { short: [200, 4000], usual: [900, 900, 900, 900], late: [500, 24_000] };

/** How long it trains at most before it is killed, in ms: a stage's end is within reach, the run's is not. */
const TRAINS = { short: 500, usual: 1500, late: 2500 };

export interface Kill {
  moment: Moment;
  /** Phase of the run when it was killed, as last heard. */
  phase: string;
  /** Seconds of work since the last checkpoint, or since the run was taken up. */
  repeated: number;
  stepsRepeated: number;
  /** The step that it goes on from; 0 when no checkpoint had been kept yet. */
  from?: number;
  /** Seconds from the browser's start to the run's going on. */
  back: number;
}

export interface ChainResult {
  kills: Kill[];
  failures: string[];
  /** Whether it ended as the unbroken run, to the last bit. */
  equal: boolean;
}

interface ChainParts {
  name: string;
  page: string;
  profile: string;
  steps: keyof typeof STEPS;
  changes: Partial<RunConfigInput>;
  moments: Moment[];
  draws: Draws;
  tell: (line: string) => void;
}

export class KillChain {
  private live!: LiveBrowser;
  private heard!: Heard;
  private readonly victims: string[] = [];
  private readonly result: ChainResult = { kills: [], failures: [], equal: false };

  constructor(private readonly parts: ChainParts) {}

  async run(): Promise<ChainResult> {
    const { profile, page, changes, moments, steps } = this.parts;
    const config = smallRun(STEPS[steps], changes);
    this.live = await startBrowser(profile);
    try {
      await openPage(this.live.page, page);
      const expected = await this.unbroken(config);
      for (const moment of moments) if (moment === 'deleting') this.victims.push(await this.victim());
      this.heard = await listen(this.live.page);
      const runId = await start(this.live.page, config);
      for (const moment of moments) {
        if ((await record(this.live.page, runId))?.status === 'finished') {
          this.fail('the run was finished before its last kill');
          break;
        }
        await this.kill(moment, runId);
      }
      const result = await finished(this.live.page, runId);
      const got = endOf(result, await inspect(this.live.page));
      const differ = differences(expected, got);
      if (differ.length > 0) this.fail(`it did not end as the unbroken run: ${differ.join(', ')}`);
      else this.result.equal = true;
      this.parts.tell(`${this.parts.name}: ${differ.length === 0 ? 'bit-equal' : differ.join(', ')}`);
    } finally {
      await this.live.close();
    }
    return this.result;
  }

  /** The run that nothing happens to, on the same machine and backend. */
  private async unbroken(config: RunConfigInput): Promise<End> {
    const { page } = this.live;
    const from = Date.now();
    const result = await finished(page, await start(page, config));
    this.parts.tell(`${this.parts.name}: unbroken in ${((Date.now() - from) / 1000).toFixed(0)} s`);
    if (result.status !== 'finished')
      throw new Error(`The unbroken run ${result.status}: ${result.error ?? ''}`);
    return endOf(result, await inspect(page));
  }

  /** A run with checkpoints that will be deleted. */
  private async victim(): Promise<string> {
    const { page } = this.live;
    return (await finished(page, await start(page, smallRun([2, 2])))).id;
  }

  private async kill(moment: Moment, runId: string): Promise<void> {
    const { profile, page, tell, name } = this.parts;
    const victim = moment === 'deleting' ? this.victims.pop() : undefined;
    const before = this.heard;
    await this.awaitMoment(moment, victim);
    await this.live.kill();
    const repeated = before.kept === 0 ? 0 : (Date.now() - before.kept) / 1000;
    const from = Date.now();
    this.live = await startBrowser(profile);
    await openPage(this.live.page, page, runId);
    this.check(await this.swept(), runId, victim);
    if (repeated > MOST_REPEATED) this.fail(`${repeated.toFixed(1)} s of work are repeated`);
    this.heard = await listen(this.live.page);
    if ((await record(this.live.page, runId))?.status !== 'finished') {
      await goOn(this.live.page);
      if (!(await this.heard.until(() => this.heard.events.includes('progress'))))
        this.fail('the run did not go on');
    }
    const at = this.heard.step;
    const stepsRepeated = Math.max(0, before.step - at);
    const back = (Date.now() - from) / 1000;
    const phase = before.phase || 'starting';
    this.result.kills.push({ moment, phase, repeated, stepsRepeated, from: at, back });
    const after = `goes on at ${at} after ${back.toFixed(1)} s`;
    tell(`${name}, kill ${this.result.kills.length}: ${moment} (${phase}, step ${before.step}); ${after}`);
  }

  private async awaitMoment(moment: Moment, victim: string | undefined): Promise<void> {
    const { draws } = this.parts;
    const { page } = this.live;
    const heard = this.heard;
    if (moment === 'loading') {
      await sleep(draws.between(0, 400));
      return;
    }
    await heard.until(() => heard.phase === 'training');
    // Else a run that is killed soon after each start would begin again each time, and none go on from a checkpoint.
    if (moment === 'training' && draws.unit() < 0.6) await pauseAndGoOn(page, heard);
    await sleep(
      moment === 'late' ? 1000 * draws.between(22, 40) : draws.between(0, TRAINS[this.parts.steps]),
    );
    if (moment === 'checkpointing') {
      // A pause keeps a checkpoint; the kill comes before, within or after it.
      await press(page, 'pause');
      if (draws.unit() < 0.7)
        await heard.until(() => heard.phase === 'saving' || heard.phase === 'paused', 5);
      await sleep(draws.between(0, 60));
    } else if (moment === 'deleting' && victim !== undefined) {
      await page.getByTestId('tab-runs').click();
      const row = page.getByTestId('runs').locator('li', { has: page.locator(`a[href$="${victim}"]`) });
      await row.getByTestId('delete-run').click();
      await page.evaluate(() => document.querySelector<HTMLElement>('[data-testid=confirm-yes]')!.click());
      await sleep(draws.between(0, 40));
    }
  }

  /** What lies there once the page has cleared what was left unfinished. */
  private async swept(): Promise<Inspected> {
    for (let tries = 0; ; tries++) {
      const found = await inspect(this.live.page);
      if ((found.orphans === 0 && found.leases === 0) || tries > 20) return found;
      await sleep(250);
    }
  }

  private check(found: Inspected, runId: string, victim: string | undefined): void {
    corruption(found).forEach((why) => this.fail(why));
    if (found.orphans > 0 || found.leases > 0)
      this.fail(`${found.orphans} unfinished folders and ${found.leases} leases stay`);
    if (!found.runs.some(({ id }) => id === runId)) this.fail('the run is lost');
    if (victim === undefined) return;
    // Gone as a whole or there as a whole.
    const there = found.runs.some(({ id }) => id === victim);
    const checkpoints = checkpointsIn(found, victim).length;
    if (there ? checkpoints !== 2 : checkpoints !== 0)
      this.fail(
        `a deletion that was cut off left ${there ? 'the run' : 'no run'} with ${checkpoints} checkpoints`,
      );
  }

  private fail(why: string): void {
    this.result.failures.push(`${this.parts.name}, kill ${this.result.kills.length + 1}: ${why}`);
  }
}

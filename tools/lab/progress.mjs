/** What the lab says on stderr while a run goes on. */

/** @typedef {import('../../src/worker/protocol').Event} Event */

/** @param {number} seconds */
function duration(seconds) {
  const whole = Math.round(seconds);
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * @param {(line: string) => void} say
 * @param {() => number} [now] milliseconds
 * @returns {(event: Event) => void}
 */
export function reporter(say, now = Date.now) {
  let last = -Infinity;
  let phase = '';
  return (event) => {
    switch (event.type) {
      case 'device':
        say(`device: ${event.device.backend}, ${event.device.description}, ${event.parameters} parameters`);
        break;
      case 'progress': {
        const { progress } = event;
        // Every change of phase, and else a line in five seconds.
        if (progress.phase === phase && now() - last < 5000) return;
        last = now();
        ({ phase } = progress);
        const { step, totalSteps, stepsPerSecond, secondsLeft, detail } = progress;
        const rate = stepsPerSecond === null ? '' : `, ${stepsPerSecond.toFixed(2)} steps/s`;
        const left = secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`;
        say(
          `${phase}${detail === undefined ? '' : ` ${detail}`}: step ${step} of ${totalSteps}${rate}${left}`,
        );
        break;
      }
      case 'row': {
        const scores = event.row.scores.map(({ task, score }) => `${task} ${score.value.toFixed(1)}`);
        say(`R after stage ${event.row.stage}, step ${event.row.step}: ${scores.join(', ')}`);
        break;
      }
      case 'checkpoint':
        say(`checkpoint ${event.checkpointId}: ${(event.bytes / 1e6).toFixed(1)} MB`);
        break;
      case 'ended':
        say(`ended: ${event.status}${event.error === undefined ? '' : `, ${event.error}`}`);
        break;
      default:
    }
  };
}

/** The scenarios, in the order in which they run. */
import type { Scenario } from './scenario';
import { damage } from './scenarios/damage';
import { device } from './scenarios/device';
import { fuzz } from './scenarios/fuzz';
import { kills } from './scenarios/kills';
import { markup } from './scenarios/markup';
import { quota } from './scenarios/quota';
import { requests } from './scenarios/requests';
import { soak } from './scenarios/soak';
import { sudden } from './scenarios/sudden';
import { tabs } from './scenarios/tabs';

export { openFaultSite } from './harness/site';
export { Draws } from './harness/draws';

export const scenarios: Scenario[] = [
  kills,
  damage,
  quota,
  device,
  sudden,
  tabs,
  soak,
  markup,
  requests,
  fuzz,
];

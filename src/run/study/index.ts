/** Studies: a plan with several methods and seeds, as one queue. */
export { parseStudyConfig, labelsOf, StudyConfig } from './config';
export type { StudyConfigInput, StudyMethod, Trial } from './config';
export {
  chosenTrial,
  countCells,
  current,
  dueCells,
  hasCurves,
  nextCell,
  runCells,
  trialCells,
} from './cells';
export type { Cell } from './cells';
export { cellResult, failedCell } from './cellResult';
export type { CellResult } from './cellResult';
export { newStudy, runStudy, withCell, withoutFailed } from './queue';
export type { StudyPorts, StudyRecord } from './queue';
export { parseStudyRecord } from './recordSchema';
export { comparisons, compare, methodRows, referenceOf, resultsOf, runsOf } from './analysis';
export type { Comparison, MethodRow } from './analysis';
export { estimateStudy, measuringRun, ratesOf, secondsLeft } from './estimate';
export type { Rates, StudyEstimate } from './estimate';
export {
  aboutStudy,
  columns,
  comparisonsTable,
  machines,
  methodsTable,
  reportMarkdown,
  settingsTable,
  VERDICTS,
  withInterval,
} from './report';
export { isSweep, SHARES, shareSweep, sweepPoints } from './sweep';
export { allByLoss, newTaskScore, oldTaskRetention, oldTaskScore, unscored } from './scores';
export type { ScoredRun, SharePoint } from './scores';
export { trialsOf } from './trials';

/**
 * What most plans say, so that a link need not say it: deflate refers back to this text. Links of the form `a` are
 * unreadable with any other, so it never changes; a better one is another form.
 */
export const DICTIONARY_A =
  '"adafactor","decayRate":-0.8,"clipThreshold":1,"lora":{"rank":8,"alpha":16,"dropout":0,"targets":["q","v","k","o","wi","wo"],"adapters":"shared","base":"f32"},' +
  '{"name":"multi-task","share":0.5,"mixing":"proportional","cap":3000,"temperature":2}{"name":"ewc","mode":"online","lambda":1000,"samples":200,"fisher":"sampled","gamma":1}{"name":"lwf","lambda":1,"temperature":2}' +
  '{"name":"replay","memory":"count","count":50,"share":0.01,"capacity":200,"ratio":1}{"name":"wise-ft","alpha":0.5}"plan":{"stages":[{"task":"","epochs":' +
  '"metric":"rouge-l","data":{"kind":"sample","name":"support"}},"name":"Support conversations""name":"Reviews""name":"Tickets""name":"Topics""name":"Commands""name":"Order numbers"' +
  '{"id":"reviews","name":"Reviews","metric":"exact-match","data":{"kind":"sample","name":"reviews"}},{"id":"tickets","name":"Tickets","metric":"exact-match","data":{"kind":"sample","name":"tickets"}}],' +
  '{"v":1,"config":{"version":1,"model":{"source":"bundled","name":"pocket"},"tasks":[{"id":"topics","name":"Topics","metric":"exact-match","data":{"kind":"sample","name":"topics"}},{"id":"commands","name":"Commands","metric":"exact-match","data":{"kind":"sample","name":"commands"}}],' +
  '"plan":{"stages":[{"task":"reviews","steps":60},{"task":"tickets","steps":60}],"watched":[],"rehearsed":["commands","topics"]},"method":{"name":"sequential"},"optimizer":{"name":"adamw","learningRate":0.001,"schedule":{"name":"constant","warmupSteps":0},"clipNorm":1,"weightDecay":0,"beta1":0.9,"beta2":0.999,"epsilon":1e-8},' +
  '"batchSize":8,"maxSourceTokens":96,"maxTargetTokens":32,"evaluation":{"everySteps":20,"examples":100,"testExamples":200,"batchSize":32,"maxNewTokens":32,"beams":1,"samples":6,"knowledge":{"examples":64,"labels":12}},"seed":0},"free":["rate","seed"],"own":true}';

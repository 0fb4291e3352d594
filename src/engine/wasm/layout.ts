/** Where things lie in the module's memory. `assembly/threads.as.ts` has the same addresses. */
export const layout = {
  /** Words that the threads share, one to a cache line. */
  job: 4096,
  phase: 4352,
  failed: 4480,
  /** First byte for buffers; nothing may lie at 0 or among the words above. */
  heap: 65536,
  pageBytes: 65536,
  /** Buffers begin at cache lines. */
  alignment: 64,
} as const;

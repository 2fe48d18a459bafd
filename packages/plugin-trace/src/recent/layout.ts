/** Where in a record what is asked for stands: the order in which `write.ts` writes. */

/** Among the numbers. */
export const NUMBER = { startedMs: 0, finishedMs: 2, status: 3 } as const

/** Among the texts. */
export const TEXT = { traceId: 0, exchangeId: 3, caller: 6, route: 11, error: 14 } as const

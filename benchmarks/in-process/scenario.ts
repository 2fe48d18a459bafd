/** What is measured inside the harness's own process: one function, and how its cost grows with the size of its data. */

/** A function that is called again and again, for data of several sizes. */
export interface InProcessScenario {
  readonly name: string
  /** One line: what is called, on what. */
  readonly description: string
  /** What the figures are per. */
  readonly per: 'lookup'
  /** Smallest first; the others are compared with it. */
  readonly sizes: readonly number[]
  /**
   * Makes data of a size and proves that the function gives the right answers for it. The result makes so many calls.
   * @throws Error naming the first wrong answer
   */
  readonly prepare: (size: number) => Promise<Calls>
}

/** Makes so many calls, and gives a number made of the answers, so that no compiler can leave a call out. */
export type Calls = (count: number) => number

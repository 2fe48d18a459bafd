/** How many of them are told. */
const TOLD = 10

/** What went wrong under load: all of it counted, the first of it in words. */
export class Failures {
  readonly told: string[] = []
  count = 0

  add(failure: unknown): void {
    this.count++
    if (this.told.length < TOLD) this.told.push(failure instanceof Error ? failure.message : String(failure))
  }
}

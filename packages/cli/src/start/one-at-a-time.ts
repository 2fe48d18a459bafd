/**
 * Runs the work at each call, but never twice at once: calls while it runs make one more run after it, and share it. Two
 * reloads that overtake each other would leave the older configuration running.
 * @param work never rejects.
 */
export function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const run = (): Promise<T> => {
    const started = work().finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
  return () => {
    if (next) return next
    if (!running) return run()
    next = running.then(() => {
      next = undefined
      return run()
    })
    return next
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import type { AdminClient } from '../admin/client.ts'
import type { AdminOptions } from '../admin/place.ts'
import { messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { clientFor } from '../live/asking.ts'
import { type Look, lookAt } from '../live/gateway-data.ts'
import { openScreen, type Screen } from '../live/screen.ts'
import { statusOf } from '../live/status.ts'
import { fitted, statusText } from '../live/status-text.ts'
import { print } from '../output.ts'
import { jsonText, paint } from '../trace/text.ts'

/** Options of `gw status`. */
export interface StatusOptions extends AdminOptions {
  readonly once?: true
  readonly json?: true
  /** Between two looks, in milliseconds. */
  readonly interval: number
}

/**
 * Shows how a running gateway does: once, or again and again on a terminal.
 *
 * @returns 0; with `--once` 1 when the gateway is not ready; 2 when it cannot be asked.
 */
export async function status(options: StatusOptions): Promise<ExitCode> {
  const client = await clientFor(options)
  const isLive = options.once !== true && options.json !== true && process.stdout.isTTY
  return isLive ? watch(client, options.interval) : once(client, options)
}

/** Two looks make rates. */
async function once(client: AdminClient, { json, interval }: StatusOptions): Promise<ExitCode> {
  const before = await lookAt(client)
  await wait(interval)
  const shown = statusOf(before, await lookAt(client))
  print(json ? jsonText(shown) : statusText(client.place.name, shown))
  return shown.ready ? EXIT.ok : EXIT.failed
}

async function watch(client: AdminClient, intervalMs: number): Promise<ExitCode> {
  // Before the screen is taken: who asks at the wrong place reads why where they are.
  const first = await lookAt(client)
  const screen = openScreen(process.stdout, process.stdin)
  const leaving = new AbortController()
  void screen.left.then(() => leaving.abort())
  try {
    await redrawUntil(leaving.signal, { client, intervalMs, screen, first })
    return EXIT.ok
  } finally {
    screen.close()
  }
}

interface Watching {
  readonly client: AdminClient
  readonly intervalMs: number
  readonly screen: Screen
  readonly first: Look
}

async function redrawUntil(
  left: AbortSignal,
  { client, intervalMs, screen, first }: Watching,
): Promise<void> {
  const { name } = client.place
  const foot = paint('dim', `every ${intervalMs / 1_000} s, q quits`)
  const show = (text: string): void =>
    screen.show((rows, columns) => `${fitted(text, Math.max(1, rows - 2), columns)}\n\n${foot}`)
  let before = first
  show(statusText(name, statusOf(first, first)))
  while (!left.aborted) {
    await wait(intervalMs, undefined, { signal: left }).catch(() => undefined)
    if (left.aborted) return
    try {
      const after = await lookAt(client)
      show(statusText(name, statusOf(before, after)))
      before = after
    } catch (error) {
      // It may come back: a restart is what one watches for.
      show(`${paint('bold', name)}\n${paint('red', messageOf(error))}`)
    }
  }
}

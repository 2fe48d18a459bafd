/** Shorthand for tests. */
import { spawnSync } from 'node:child_process'
import { type EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  type AnySlot,
  definePlugin,
  type FaultClass,
  type ModeSettings,
  type PluginHandle,
  type PluginHost,
  type PluginInstance,
} from '../src/index.ts'

/** What a test plugin may set. */
export interface TestPluginParts {
  readonly api?: string
  readonly fault?: FaultClass
  readonly provides?: readonly AnySlot[]
  readonly requires?: readonly AnySlot[]
  readonly settings?: ModeSettings
  readonly owns?: readonly string[]
}

/** A plugin whose only content is its set-up. */
export function plugin(
  name: string,
  setup: (host: PluginHost) => PluginHandle | undefined | void,
  parts: TestPluginParts = {},
): PluginInstance {
  const factory = definePlugin({
    name,
    version: '1.0.0',
    api: parts.api ?? '1.0',
    fault: parts.fault ?? 'transform',
    provides: parts.provides ?? [],
    requires: parts.requires ?? [],
    ownsRequestHeaders: () => parts.owns ?? [],
    setup,
  })
  return factory({}, parts.settings)
}

/** What a promise rejects with, or a function throws. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

/** A folder that is removed when it goes out of scope. Its path is short enough for a unix socket in it. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'gw-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** What comes with the next event of a name. Rejects on an error before it. */
export async function next<T>(emitter: EventEmitter, event: string): Promise<T> {
  const [value] = (await once(emitter, event)) as [T]
  return value
}

/** A JSON object, as what a test knows it to be. */
export function parse<T = Record<string, unknown>>(text: string | Buffer): T {
  return JSON.parse(String(text)) as T
}

const ASK_FOR_VERSION = {
  curl: '--version',
  haproxy: '-v',
  h2load: '--version',
  nghttp: '--version',
  nginx: '-v',
  openssl: 'version',
} as const

/** A program of others that tests use where it is installed. */
export type PeerProgram = keyof typeof ASK_FOR_VERSION

/** Whether a program can be a peer in a test. Says so where not: such a test is left out. */
export function isInstalled(program: PeerProgram): boolean {
  const { error } = spawnSync(program, [ASK_FOR_VERSION[program]])
  if (error) console.log(`${program} is not installed: what needs it as a peer is left out`)
  return !error
}

/** A host's own server, listening on a free port of 127.0.0.1 until it goes out of scope. */
export async function onFreePort(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Node's garbage collector, which it shows only when asked to. */
export function collector(): (options?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as ReturnType<typeof collector>
}

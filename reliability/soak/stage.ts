/** The processes of a round: one gateway, a steady upstream, and one that is killed now and then. */
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayState } from '../gateway/inside.ts'
import type { GatewaySetup } from '../gateway/process.ts'
import { Child } from '../shared/child.ts'
import type { UpstreamPorts } from '../upstream/process.ts'
import type { Kind, Targets } from '../workload/kind.ts'

/** How long the gateway may take to let go of everything once nothing is sent to it. */
const SETTLE_MS = 15_000

const at = (port: number): string => `http://127.0.0.1:${port}`

/** Code that V8 throws away after a while was part of the first measurement and would hide what leaked until the second. */
const GATEWAY_FLAGS = ['--expose-gc', '--no-flush-bytecode']

/** Everything that runs beside the load. */
export class Stage implements AsyncDisposable {
  readonly targets: Targets
  readonly #gateway: Child
  readonly #steady: Child
  #flaky: Child
  readonly #flakyPort: number

  private constructor(gateway: Child, steady: Child, flaky: Child, flakyPort: number, targets: Targets) {
    this.#gateway = gateway
    this.#steady = steady
    this.#flaky = flaky
    this.#flakyPort = flakyPort
    this.targets = targets
  }

  /** Starts the processes that these kinds need. */
  static async open(kinds: readonly Kind[]): Promise<Stage> {
    const children = [
      new Child('the gateway', 'gateway/process.ts', GATEWAY_FLAGS),
      new Child('the steady upstream', 'upstream/process.ts'),
      new Child('the flaky upstream', 'upstream/process.ts'),
    ] as const
    const [gateway, steady, flaky] = children
    try {
      const ports = await steady.ask<UpstreamPorts>('listen', 0)
      const flakyPorts = await flaky.ask<UpstreamPorts>('listen', 0)
      const setup = await setupFor(kinds, ports, flakyPorts.http)
      const port = await gateway.ask<number>('listen', setup)
      const targets = { http: (service: string) => `${at(port)}/${service}`, grpc: `127.0.0.1:${port}` }
      return new Stage(gateway, steady, flaky, flakyPorts.http, targets)
    } catch (error) {
      await Promise.all(children.map((child) => child.stop()))
      throw error
    }
  }

  /** Rejects when the gateway or the steady upstream dies. */
  get died(): Promise<never> {
    return Promise.race([this.#gateway.died, this.#steady.died])
  }

  /** Kills the flaky upstream in the middle of whatever it does, and starts it again where it was. */
  async restartFlaky(): Promise<void> {
    this.#flaky.kill()
    await this.#flaky.died.catch(() => {})
    this.#flaky = new Child('the flaky upstream', 'upstream/process.ts')
    await this.#flaky.ask('listen', this.#flakyPort)
  }

  /** Reloads the gateway. */
  reload(): Promise<void> {
    return this.#gateway.ask('reload')
  }

  /** Closes idle connections, waits until the gateway has let go of everything, and says what it did not let go of. */
  async settle(): Promise<GatewayState> {
    const deadline = performance.now() + SETTLE_MS
    for (;;) {
      // First the gateway's own: a client's connection may have become idle only now.
      for (const child of [this.#gateway, this.#steady, this.#flaky]) await child.ask('closeIdle')
      const state = await this.#gateway.ask<GatewayState>('state')
      const busy = state.sockets + state.timers + state.inFlight + state.liveGenerations - 1
      if (busy === 0 || performance.now() > deadline) return state
      await delay(50)
    }
  }

  /** Heap of the gateway after everything that can go has gone. */
  heapBytes(): Promise<number> {
    return this.#gateway.ask('heap')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#gateway, this.#steady, this.#flaky].map((child) => child.stop()))
  }
}

/** HTTP/2 services stand in the configuration only when a kind asks for them. */
async function setupFor(
  kinds: readonly Kind[],
  ports: UpstreamPorts,
  flakyPort: number,
): Promise<GatewaySetup> {
  const asked = (kind: string): boolean => kinds.some(({ name }) => name === kind)
  return {
    services: {
      steady: at(ports.http),
      slow: at(ports.slow),
      flaky: at(flakyPort),
      refused: at(await closedPort()),
    },
    http2Services: asked('http2-upstream') ? { h2: at(ports.http2) } : {},
    ...(asked('grpc') ? { grpc: at(ports.grpc) } : {}),
  }
}

/** A port on which nobody listens: it was free a moment ago. */
function closedPort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

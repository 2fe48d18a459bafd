import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VerifiedToken } from '../src/verify/outcome.ts'
import { Verifier } from '../src/verify/verifier.ts'
import { workerFile } from '../src/verify/worker-pool.ts'
import { eventually, FakeHost, headerOf, resolve, TestLogger, verifyAsync } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

const workers: Worker[] = []
let onWorker: (worker: Worker) => void = () => {}
const listen = (worker: Worker) => {
  workers.push(worker)
  onWorker(worker)
}
beforeEach(() => {
  workers.length = 0
  onWorker = () => {}
  process.on('worker', listen)
})
afterEach(() => {
  process.off('worker', listen)
})

async function startVerifier(issuer: TestIssuer, logger = new TestLogger(), threads = 1): Promise<Verifier> {
  const verifier = new Verifier(
    resolve(optionsFor(issuer, {}, { workers: { threads, inline: 'never' } })),
    logger,
  )
  await eventually(() => verifier.ready() === true)
  return verifier
}

const sign = (issuer: TestIssuer, count: number) =>
  Promise.all(Array.from({ length: count }, () => issuer.sign()))
/** Waits, turn by turn, until so many messages are on their way to workers. */
async function sent(verifier: Verifier, messages: number): Promise<void> {
  while (verifier.messages < messages) await new Promise(setImmediate)
}

describe('a worker that dies in the middle of a batch', () => {
  it('costs no request: the batch runs again on a fresh worker', async () => {
    await using issuer = await TestIssuer.start()
    const logger = new TestLogger()
    const verifier = await startVerifier(issuer, logger)
    const outcomes = Promise.all((await sign(issuer, 30)).map((token) => verifyAsync(verifier, token)))
    await sent(verifier, 1)
    await workers[0]?.terminate()
    expect((await outcomes).every((outcome) => outcome instanceof VerifiedToken)).toBe(true)
    expect(verifier.messages).toBe(2)
    expect(workers).toHaveLength(2)
    expect(logger.lines.join()).toContain('died or hung with a batch')
    await verifier.close()
  })

  it('every time answers 503, and the next tokens are checked when workers live again', async () => {
    await using issuer = await TestIssuer.start()
    const options = optionsFor(issuer, {}, { workers: { threads: 1, inline: 'never' } })
    await using host = await new FakeHost(options).untilReady()
    const token = await issuer.sign()
    onWorker = (worker) => void worker.terminate()
    const refused = host.withToken(token)
    await new Promise(setImmediate)
    await workers[0]?.terminate()
    // Sooner than core's deadline for a guard: a pool without workers is noticed, not waited for.
    const hung = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('The batch waits for a pool without workers.')), 4_000).unref()
    })
    const { error } = await Promise.race([refused, hung])
    expect(error).toMatchObject({
      code: 'GW_AUTH_VERIFIER_FAILED',
      status: 503,
      source: 'plugin',
      retryable: true,
    })
    expect(headerOf(error, 'retry-after')).toBe('1')
    expect(host.ready()).toContain('workers')
    onWorker = () => {}
    // The same token: the fault was not the token's and is not remembered.
    await eventually(async () => (await host.withToken(token)).error === undefined)
    expect(host.ready()).toBe(true)
  })

  it('leaves the other worker’s batch alone', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await startVerifier(issuer, new TestLogger(), 2)
    const outcomes = Promise.all((await sign(issuer, 60)).map((token) => verifyAsync(verifier, token)))
    await sent(verifier, 2)
    await workers[1]?.terminate()
    expect((await outcomes).every((outcome) => outcome instanceof VerifiedToken)).toBe(true)
    await verifier.close()
  })
})

describe('a worker that dies while it is idle', () => {
  it('is replaced, and the process stays up', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await startVerifier(issuer)
    expect(await verifier.verify(await issuer.sign())).toBeInstanceOf(VerifiedToken)
    await workers[0]?.terminate()
    expect(await verifier.verify(await issuer.sign())).toBeInstanceOf(VerifiedToken)
    await verifier.close()
  })

  it('with an error of its own does not end the process', async () => {
    await using issuer = await TestIssuer.start()
    const logger = new TestLogger()
    const verifier = await startVerifier(issuer, logger)
    await verifier.verify(await issuer.sign())
    workers[0]?.emit('error', new Error('out of memory'))
    expect(await verifier.verify(await issuer.sign())).toBeInstanceOf(VerifiedToken)
    expect(logger.lines.join()).toContain('A verify worker died')
    await verifier.close()
  })
})

describe('close', () => {
  it('answers what is under way, and twice is the same as once', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await startVerifier(issuer)
    const outcomes = Promise.all((await sign(issuer, 5)).map((token) => verifyAsync(verifier, token)))
    await sent(verifier, 1)
    await Promise.all([verifier.close(), verifier.close()])
    for (const outcome of await outcomes) {
      if (!(outcome instanceof VerifiedToken)) expect(outcome.code).toBe('GW_AUTH_VERIFIER_FAILED')
    }
    await verifier.close()
  })
})

describe('after close', () => {
  it('no thread, timer or socket is left', async () => {
    await using issuer = await TestIssuer.start()
    const before = process.getActiveResourcesInfo()
    const added = () => {
      const rest = [...before]
      return process
        .getActiveResourcesInfo()
        .filter((one) => !rest.includes(one) || !rest.splice(rest.indexOf(one), 1))
    }
    const running = await startVerifier(issuer)
    await running.verify(await issuer.sign())
    issuer.behaviour = 'stalled'
    // One with a fetch under way, one with a retry scheduled.
    const waiting = new FakeHost(
      optionsFor(issuer, {}, { jwks: { refreshMs: 60_000 }, workers: { threads: 2 } }),
    )
    const down = new FakeHost(optionsFor(issuer, { jwksUrl: 'http://127.0.0.1:1/' }))
    await eventually(() => down.ready() !== true && down.logger.lines.length > 0)
    expect(added()).not.toEqual([])
    await Promise.all([running.close(), waiting.close(), down.close()])
    await eventually(() => added().length === 0)
    expect(waiting.logger.lines).toEqual([])
    for (const worker of workers) expect(worker.threadId).toBe(-1)
  })
})

describe('the worker file', () => {
  it('is the source when the plugin runs from source', () => {
    expect(workerFile(new URL('../src/verify/worker-pool.ts', import.meta.url).href)).toMatch(
      /src[\\/]verify[\\/]worker\.ts$/,
    )
  })

  it('is missed with a message that says what to do', () => {
    expect(() => workerFile('file:///somewhere/bundle.js')).toThrow('Keep the package out of bundles')
  })

  it('is the file itself when gw build made it', () => {
    const bundle = Symbol.for('@postern/bundle')
    Object.assign(globalThis, { [bundle]: '/app/gateway.mjs' })
    try {
      expect(workerFile('file:///app/gateway.mjs')).toBe('/app/gateway.mjs')
    } finally {
      Reflect.deleteProperty(globalThis, bundle)
    }
  })
})

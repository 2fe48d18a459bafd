import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goneQuiet, RunningExample } from './support/run-example.ts'

const run = promisify(execFile)
const hasCurl = spawnSync('curl', ['--version']).status === 0

/** What the quickstart prints about itself. */
interface Started {
  readonly gateway: string
  readonly idp: string
  readonly urls: readonly string[]
  readonly pids: readonly number[]
}

async function started(example: RunningExample): Promise<Started> {
  await example.printed(/One line per exchange follows/)
  const rows = [...example.output.matchAll(/^ {2}(\w+) +(http:\/\/127\.0\.0\.1:\d+) +pid (\d+)/gm)]
  const urlOf = (name: string) => rows.find((row) => row[1] === name)?.[2] ?? ''
  expect(rows.map((row) => row[1])).toEqual(['gateway', 'storefront', 'orders', 'inventory', 'idp'])
  return {
    gateway: urlOf('gateway'),
    idp: urlOf('idp'),
    urls: rows.map((row) => row[2] ?? ''),
    pids: rows.map((row) => Number(row[3])),
  }
}

const bearer = async (idp: string, query = '') => ({
  authorization: `Bearer ${await (await fetch(`${idp}/token${query}`)).text()}`,
})

describe('the quickstart', { timeout: 60_000 }, () => {
  let example: RunningExample
  let at: Started
  beforeAll(async () => {
    example = new RunningExample('quickstart/main.ts', { PORT: '0' })
    at = await started(example)
  }, 60_000)
  afterAll(() => example[Symbol.asyncDispose]())

  it('refuses a request without a token', async () => {
    const response = await fetch(`${at.gateway}/storefront`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await response.json()).toMatchObject({ code: 'GW_AUTH_TOKEN_MISSING' })
  })

  it('refuses a token that lacks the scope of one service on the way', async () => {
    const headers = await bearer(at.idp, '?scope=storefront.read%20orders.read')
    const response = await fetch(`${at.gateway}/storefront`, { headers })
    expect(response.status).toBe(403)
    expect(JSON.stringify(await response.json())).toContain('GW_AUTH_SCOPE_MISSING')
  })

  it('passes a request with a token through all three services in one trace', async () => {
    const response = await fetch(`${at.gateway}/storefront`, { headers: await bearer(at.idp) })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      service: 'storefront',
      next: { service: 'orders', next: { service: 'inventory', inStock: 12 } },
    })
    const traceId = response.headers.get('x-trace-id') ?? ''
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)

    await example.printed(new RegExp(`GET /storefront .*trace ${traceId}`))
    const lines = example.output.split('\n').filter((line) => line.includes(`trace ${traceId}`))
    expect(lines.map((line) => / {2}200 {2}GET (\/\w+)/.exec(line)?.[1] ?? '').sort()).toEqual([
      '/inventory',
      '/orders',
      '/storefront',
    ])

    const path = await fetch(`${at.gateway}/_path/${traceId}`)
    expect(await path.text()).toMatch(
      /^trace [0-9a-f]{32}\nstorefront +200 +[\d.]+ ms\n└─ orders +200 +[\d.]+ ms\n {3}└─ inventory +200 +[\d.]+ ms\n$/,
    )
  })

  it('says so when it does not know a trace', async () => {
    const response = await fetch(`${at.gateway}/_path/${'0'.repeat(32)}`)
    expect(response.status).toBe(404)
    await response.arrayBuffer()
  })

  it.skipIf(!hasCurl)('prints commands that work when they are copied', async () => {
    const commands = [...example.output.matchAll(/^ {5}(curl .*)$/gm)].map((match) => match[1] ?? '')
    const outputs: string[] = []
    for (const command of commands) outputs.push((await run('sh', ['-c', command])).stdout)
    expect(outputs).toHaveLength(3)
    expect(outputs[0]).toMatch(/^HTTP\/1.1 401 /)
    expect(outputs[1]).toMatch(/^HTTP\/1.1 200 [\s\S]*^x-trace-id: [0-9a-f]{32}\r$/m)
    expect(outputs[2]).toMatch(/^storefront[\s\S]*└─ orders[\s\S]*└─ inventory/m)
    expect(outputs[2]).toContain(/x-trace-id: ([0-9a-f]{32})/.exec(outputs[1] ?? '')?.[1])
  })

  it('finishes a running request on Ctrl-C, ends every child, and exits with 0', async () => {
    const slow = fetch(`${at.gateway}/inventory/gadget?ms=1000`, { headers: await bearer(at.idp) })
    await new Promise((resolve) => setTimeout(resolve, 300))
    example.process.kill('SIGINT')
    // npm passes the same Ctrl-C on once more.
    example.process.kill('SIGINT')
    expect((await slow).status).toBe(200)
    expect(await example.ended).toBe(0)
    for (const pid of at.pids) expect(isAlive(pid), `process ${pid}`).toBe(false)
  })
})

describe('the quickstart, started wrongly or killed', { timeout: 60_000 }, () => {
  it('says in one line that the port is taken, stops its children and exits with 1', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await using example = new RunningExample('quickstart/main.ts', { PORT: String(port) })
    expect(await example.ended).toBe(1)
    expect(example.output).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is taken.*PORT=\\d+ npm start\\n$`))
    server.close()
  })

  it('refuses a PORT that is none', async () => {
    await using example = new RunningExample('quickstart/main.ts', { PORT: 'http' })
    expect(await example.ended).toBe(1)
    expect(example.output).toBe('PORT must be a number from 0 to 65535, not "http"\n')
  })

  it('exits with 0 on SIGTERM', async () => {
    await using example = new RunningExample('quickstart/main.ts', { PORT: '0' })
    const { pids } = await started(example)
    example.process.kill('SIGTERM')
    expect(await example.ended).toBe(0)
    expect(example.output).not.toContain('by itself')
    for (const pid of pids) expect(isAlive(pid), `process ${pid}`).toBe(false)
  })

  it('takes its children along when it is killed', async () => {
    await using example = new RunningExample('quickstart/main.ts', { PORT: '0' })
    const { urls } = await started(example)
    example.process.kill('SIGKILL')
    await example.ended
    for (const url of urls) expect(await goneQuiet(url), url).toBe(true)
  })

  it('writes JSON lines when asked to', async () => {
    await using example = new RunningExample('quickstart/main.ts', { PORT: '0', LOG: 'json' })
    const { gateway } = await started(example)
    const response = await fetch(`${gateway}/orders`)
    await response.arrayBuffer()
    const [line] = await example.printed(/^\{.*"msg":"exchange"\}$/m)
    expect(JSON.parse(line)).toMatchObject({ route: 'orders', status: 401, error: 'GW_AUTH_TOKEN_MISSING' })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

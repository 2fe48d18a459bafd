import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { lineOf, prettyLogger } from '../../src/log/pretty.ts'
import { folder } from '../_support/folder.ts'
import { startGw } from '../_support/gw.ts'
import { CTRL_C, HAS_TERMINAL, openTerminal } from '../_support/terminal.ts'
import { upstream } from '../_support/upstream.ts'

const NOW = new Date(2026, 10, 24, 12, 3, 4)
const plain = (...args: Parameters<typeof lineOf>): string => stripVTControlCharacters(lineOf(...args))

describe('a line for people', () => {
  it('says of an exchange what happened, and leaves out what programs need', () => {
    const fields = {
      worker: 2,
      plugin: '@postern/plugin-trace',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      seat: 'hop',
      method: 'GET',
      path: '/orders/7',
      status: 502,
      durationMs: 12.34,
      route: 'orders',
      service: 'orders',
      caller: 'svc-checkout',
      error: 'GW_UPSTREAM_CONNECT_REFUSED',
    }
    expect(plain('info', fields, 'exchange', NOW)).toBe(
      '12:03:04 INFO  w2 GET /orders/7 502 12.3 ms  orders, for svc-checkout, trace 4bf92f35 error=GW_UPSTREAM_CONNECT_REFUSED',
    )
  })

  it('shows fields behind the message, and the stack of an error below', () => {
    const err = new Error('no route to host')
    err.stack = 'Error: no route to host\n    at there'
    expect(plain('warn', { plugin: 'limits', endpoint: 'a', tries: 2, err }, 'Lost it', NOW)).toBe(
      '12:03:04 WARN  limits Lost it endpoint=a tries=2\n    Error: no route to host\n        at there',
    )
  })

  it('spells out what could act on a terminal', () => {
    const line = lineOf(
      'info',
      { method: 'GET', path: '/\u001b[2J', status: 200, who: '\u0007' },
      'exchange',
      NOW,
    )
    expect(line).toContain('/\\u001b[2J')
    expect(line).toContain('\\u0007')
  })

  it('keeps below its level what nobody asked for, and gives the fields of children to each line', () => {
    const lines: string[] = []
    const logger = prettyLogger('warn', { worker: 1 }, (line) => lines.push(line)).child({ plugin: 'x' })
    logger.debug({}, 'no')
    logger.info({}, 'no')
    logger.warn({}, 'yes')
    logger.error({}, 'yes')
    expect(lines.map((line) => stripVTControlCharacters(line).replace(/^\S+ /, ''))).toEqual([
      'WARN  w1 x yes\n',
      'ERROR w1 x yes\n',
    ])
  })
})

const config = (url: string): string =>
  `listen: { port: 0 }\nupstream: ${url}\nplugins:\n  - use: '@postern/plugin-trace'\n    mode: enforce\n`

describe('the form of log lines', () => {
  it('is JSON in a pipe, with the worker in each line', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using files = await folder({ 'gateway.yaml': config(target.url) })
    await using gw = startGw(['start', '--workers', '1'], { cwd: files.path })
    await (await fetch(await gw.listening())).text()
    gw.child.kill('SIGTERM')
    const { stdout } = await gw.finished
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toMatchObject([{ name: 'postern', worker: 1, method: 'GET', status: 200, msg: 'exchange' }])
  })

  it.skipIf(!HAS_TERMINAL).each([
    ['with colours', {}, true],
    ['without colours, with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('is for people on a terminal, %s', async (_, more, coloured) => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using files = await folder({ 'gateway.yaml': config(target.url) })
    const terminal = openTerminal(['start'], { cwd: files.path, env: more })
    const { screen } = terminal
    try {
      await expect.poll(screen, { timeout: 20_000 }).toMatch(/plugins +1\. @postern\/plugin-trace/)
      const url = /listening on (http:\S+)/.exec(screen())?.[1] ?? ''
      await (await fetch(`${url}/seen`)).text()
      await expect.poll(screen, { timeout: 5_000 }).toMatch(/INFO.* GET \/seen .*200/)
      expect(screen().includes('\u001b[')).toBe(coloured)
      // As Ctrl-C does.
      terminal.press(CTRL_C)
      await expect.poll(screen, { timeout: 5_000 }).toMatch(/SIGINT: finishing what runs/)
      expect(await terminal.closed).toBe(0)
    } finally {
      terminal.kill()
    }
  })
})

import { readFile } from 'node:fs/promises'
import { definePlugin, GatewayError } from '@postern/core'
import { createUpstream } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { send, startGateway } from '../_support/harness.ts'
import { readLines, tempFolder } from '../_support/lines.ts'

const SECRET = 's3cr3t'

/** Fails with a cause that says too much. */
const leaky = definePlugin({
  name: 'leaky',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) =>
      hooks.preForward.tap((exchange) => {
        if (exchange.path !== '/refused') return undefined
        return new GatewayError('GW_REQ_METHOD_REFUSED', { message: SECRET, cause: new Error(SECRET) })
      }),
    )
  },
})

/** Everything a client and an upstream can fill with what must not be seen. Names, too: a token may be taken for one. */
const HEADERS = [
  'authorization',
  `Bearer ${SECRET}`,
  'cookie',
  `session=${SECRET}`,
  `x-${SECRET}`,
  SECRET,
  'content-type',
  `multipart/form-data; boundary=${SECRET}`,
  'baggage',
  `user=${SECRET}`,
  'tracestate',
  `vendor=${SECRET}`,
  'traceparent',
  `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
  'b3',
  SECRET,
  'user-agent',
  SECRET,
  'referer',
  `https://${SECRET}.example/`,
]

describe.each(['postern', 'ecs', 'otel'] as const)('the format %s', (format) => {
  it('has nothing of what goes through the gateway but its shape', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream({
      kind: 'answer',
      headers: { 'x-answer': SECRET, 'set-cookie': SECRET, 'content-type': `text/plain; x=${SECRET}` },
      body: SECRET,
    })
    const destination = folder.file('access.log')
    const allowed = { requestHeaders: ['authorization', 'cookie', 'b3'], responseHeaders: ['set-cookie'] }
    for (const to of [{ destination }, {}]) {
      await using gateway = await startGateway(
        [trace({ accessLog: { format, ...allowed, ...to } }), leaky()],
        {
          upstream: `${upstream.url}/`,
        },
      )
      await send(`${gateway.url}/orders?token=${SECRET}#${SECRET}`, HEADERS, 'POST', SECRET)
      await send(`${gateway.url}/refused?token=${SECRET}`, HEADERS)
      await send(`${gateway.url}/..%2f?${SECRET}`, HEADERS)
      await gateway.gateway.close()
      const written = JSON.stringify(gateway.accessLines())
      expect(written).not.toContain(SECRET)
      if (!('destination' in to)) expect(gateway.accessLines().length).toBeGreaterThanOrEqual(3)
    }
    const lines = await readLines(destination)
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(await readFile(destination, 'utf8')).not.toContain(SECRET)
  })
})

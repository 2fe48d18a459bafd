import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createTestGateway, until } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { trace } from '../src/index.ts'

it('writes one line for a head that cannot be read, without a byte of it', async () => {
  await using gateway = await createTestGateway([trace()])
  const { port } = new URL(gateway.url)
  const answer = await text(connect(Number(port), '127.0.0.1').end('GET /secret HTTP/1.1\r\nsecret\r\n\r\n'))
  expect(answer).toContain('GW_REQ_MALFORMED')
  const lines = () => gateway.logs.filter(({ message }) => message === 'exchange')
  await until(() => lines().length > 0, 'the line')
  expect(lines()).toHaveLength(1)
  expect(lines()[0]?.fields).toMatchObject({
    seat: 'hop',
    caller: '127.0.0.1',
    method: '',
    path: '',
    status: 400,
    error: 'GW_REQ_MALFORMED',
    upstream: undefined,
  })
  expect(JSON.stringify(gateway.logs)).not.toContain('secret')
})

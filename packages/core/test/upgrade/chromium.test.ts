/** A browser's WebSocket through the gateway. Without Debian's chromium it is left out; `tools/install-peers.sh` installs it. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { createTestGateway } from '../../src/testing.ts'
import { serverCertificate } from '../tls/secure.ts'
import { createWebSocketUpstream } from './peers.ts'

const { cert, key } = serverCertificate()

const executablePath = '/usr/bin/chromium'
const isInstalled = existsSync(executablePath)
if (!isInstalled) console.log('chromium is not installed: what needs it as a peer is left out')

/** What a page does; it runs in the browser. */
async function talk(url: string): Promise<unknown> {
  const socket = new WebSocket(url, ['chat'])
  socket.binaryType = 'arraybuffer'
  const event = (name: string): Promise<MessageEvent> =>
    new Promise((resolve) => {
      socket.addEventListener(name, (happened) => resolve(happened as MessageEvent), { once: true })
    })
  await event('open')
  const { protocol, extensions } = socket
  const texts: number[] = []
  for (const length of [0, 5, 1_048_576]) {
    socket.send('x'.repeat(length))
    texts.push(String((await event('message')).data).length)
  }
  socket.send(new Uint8Array([1, 2, 3]))
  const binary = [...new Uint8Array((await event('message')).data as ArrayBuffer)]
  const closed = event('close')
  socket.close(4321, 'bye')
  const { code, reason, wasClean } = (await closed) as unknown as CloseEvent
  return { protocol, extensions, texts, binary, code, reason, wasClean }
}

test.skipIf(!isInstalled)(
  'chromium speaks WebSocket, in plain text and over TLS',
  { timeout: 60_000 },
  async () => {
    await using upstream = await createWebSocketUpstream({ perMessageDeflate: true })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    const secure = await gateway.gateway.listen({ port: 0, tls: { key, cert } })
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
      for (const url of [gateway.url, secure.url]) {
        await page.goto(url)
        expect(await page.evaluate(talk, url.replace(/^http/, 'ws'))).toEqual({
          protocol: 'chat',
          extensions: 'permessage-deflate',
          texts: [0, 5, 1_048_576],
          binary: [1, 2, 3],
          code: 4321,
          reason: 'bye',
          wasClean: true,
        })
      }
      const origins = upstream.requests
        .map(({ headers }) => headers.origin)
        .filter((origin) => origin !== undefined)
      expect(origins).toEqual([gateway.url, secure.url])
    } finally {
      await browser.close()
    }
  },
)

import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs code in a process of its own, without the condition that points at the sources. It has to end by itself. */
const run = async (code: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    timeout: 15_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  })

const PRELUDE = `
import { createServer } from 'node:http'
import { once } from 'node:events'
import { createGateway } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
const { publicKey, privateKey } = await generateKeyPair('ES256')
const keys = [{ ...(await exportJWK(publicKey)), kid: 'k' }]
const idp = createServer((_, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1')
await once(idp, 'listening')
const jwksUrl = 'http://127.0.0.1:' + idp.address().port
const sign = (sub) => new SignJWT({ iss: 'i', aud: 'a', sub }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setExpirationTime('5m').sign(privateKey)
const make = (workers) => createGateway([auth({ jwt: [{ issuer: 'i', audience: 'a', algorithms: ['ES256'], jwksUrl }], workers })], { upstream: jwksUrl, logger: false })
const status = async (gateway, token) => (await gateway.fetch('http://service/', { headers: { authorization: 'Bearer ' + token } })).status
const workers = []
process.on('worker', (worker) => workers.push(worker))
`

describe('the built package', () => {
  beforeAll(() => {
    expect(existsSync(`${root}/dist/worker.js`), 'npm run build comes before the tests').toBe(true)
  })

  it('verifies in its own worker, and survives the death of one', async () => {
    const { stdout, stderr } = await run(`${PRELUDE}
      const gateway = make({ threads: 1 })
      const statuses = [await status(gateway, await sign('a')), await status(gateway, 'a.b.c')]
      const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => sign(String(i))))
      const pending = Promise.all(tokens.map((token) => status(gateway, token)))
      await new Promise(setImmediate)
      await workers[0].terminate()
      statuses.push(...new Set(await pending))
      await gateway.close()
      idp.close()
      console.log(JSON.stringify([statuses, workers.length, workers.map((worker) => worker.threadId)]))
    `)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([[200, 401, 200], 2, [-1, -1]])
  })

  it('starts no worker when there are to be none', async () => {
    const { stdout } = await run(`${PRELUDE}
      const gateway = make({ threads: 0 })
      const code = await status(gateway, await sign('a'))
      await gateway.close()
      idp.close()
      console.log(JSON.stringify([code, workers.length]))
    `)
    expect(JSON.parse(stdout)).toEqual([200, 0])
  })

  it('holds no process open, even when nobody closes it', async () => {
    const { stdout } = await run(`${PRELUDE}
      const gateway = make({ threads: 1 })
      const token = await sign('a')
      await status(gateway, token)
      idp.close()
      idp.closeAllConnections()
      console.log('end of file')
    `)
    expect(stdout).toBe('end of file\n')
  })

  it('runs the example of the README and prints what stands there', async () => {
    const [, code, output] =
      /```js\n(.*?)```\n\n```\n(.*?)```/s.exec(readFileSync(`${root}/README.md`, 'utf8')) ?? []
    expect((await run(code ?? '')).stdout).toBe(output)
  })
})

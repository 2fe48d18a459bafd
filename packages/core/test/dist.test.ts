import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** Runs in a process of its own, without the condition that points at the sources. */
const SCRIPT = `
import { createGateway } from '@postern/core'
import { createUpstream } from '@postern/core/testing'
import { principal } from '@postern/core/contracts'
const upstream = await createUpstream()
const gateway = createGateway([], { upstream: upstream.url, logger: false })
const { url } = await gateway.listen({ port: 0 })
const response = await fetch(url + '/built')
const { url: seen } = await response.json()
await gateway.close()
await upstream.close()
console.log(JSON.stringify([response.status, seen, principal.name, import.meta.resolve('@postern/core')]))
`

test('the built package forwards a request', async () => {
  expect(existsSync(dist), 'npm run build comes before the tests').toBe(true)
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const [status, url, slot, resolved] = JSON.parse(stdout) as string[]
  expect([status, url, slot]).toEqual([200, '/built', 'principal'])
  expect(resolved).toMatch(/\/dist\/index\.js$/)
})

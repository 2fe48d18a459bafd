import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { oldNodeProblem } from '../src/node-version.ts'
import { folder, WORKSPACE } from './_support/folder.ts'
import { runGw, startGw } from './_support/gw.ts'
import { STAMP } from './_support/plugins.ts'
import { upstream } from './_support/upstream.ts'

const BUILT = join(WORKSPACE, 'packages/cli/dist/gw.js')

describe('the built gw', () => {
  it('begins with the line that makes it a command', () => {
    expect(readFileSync(BUILT, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node')
  })

  it('starts, proxies, and ends on SIGTERM', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using place = await folder({
      'stamp.js': STAMP,
      'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\nplugins: [{ use: ./stamp.js }]\n`,
    })
    await using gw = startGw(['start'], { cwd: place.path, entry: [BUILT] })
    expect((await fetch(await gw.listening())).headers.get('x-stamp')).toBe('plain')
    gw.child.kill('SIGTERM')
    expect((await gw.finished).code).toBe(0)
  })

  it('looks at the version of Node before it loads what an old one lacks', () => {
    const { engines } = JSON.parse(readFileSync(join(WORKSPACE, 'packages/cli/package.json'), 'utf8')) as {
      readonly engines: { readonly node: string }
    }
    const oldest = engines.node.replace('>=', '')
    expect(oldNodeProblem(`${oldest}.0`)).toBeUndefined()
    expect(oldNodeProblem('26.1.0')).toBeUndefined()
    expect(oldNodeProblem('22.18.9')).toContain(`gw needs Node ${oldest} or newer; this is 22.18.9`)
    expect(oldNodeProblem('20.20.2')).toContain('Install a newer one')
    expect(readFileSync(BUILT, 'utf8')).not.toContain('enableCompileCache')
  })

  it('knows its version', async () => {
    await using place = await folder({})
    expect(await runGw(['--version'], { cwd: place.path, entry: [BUILT] })).toMatchObject({
      code: 0,
      stdout: /^\d+\.\d+/,
    })
  })
})

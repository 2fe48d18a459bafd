import { describe, expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { runGw, startGw } from './_support/gw.ts'
import { STAMP } from './_support/plugins.ts'
import { upstream } from './_support/upstream.ts'

const SECRET = 'correct-horse-battery'

describe('secrets', () => {
  it('come from the environment and from files, and are never printed', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using files = await folder({
      'stamp.js': STAMP,
      'secret.txt': 'file-horse-battery\n',
      'gateway.yaml': [
        'listen: { port: 0 }',
        `upstream: ${target.url}`,
        'plugins:',
        '  - use: ./stamp.js',
        '    options: { text: { env: STAMP_TEXT }, jwt: [{ issuer: { file: secret.txt } }] }',
      ].join('\n'),
    })
    await using gw = startGw(['start'], { cwd: files.path, env: { STAMP_TEXT: SECRET } })
    expect((await fetch(await gw.listening())).headers.get('x-stamp')).toBe(SECRET)
    gw.child.kill('SIGTERM')
    const { stdout, stderr, code } = await gw.finished
    expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(/horse-battery/)
  })

  it('are named by where they come from when the plugin refuses the value', async () => {
    const plugin = STAMP.replace(
      'text: v.optional(v.string()',
      'text: v.optional(v.pipe(v.string(), v.url())',
    )
    await using files = await folder({
      'stamp.js': plugin,
      'gateway.yaml': 'plugins:\n  - use: ./stamp.js\n    options:\n      text: { env: STAMP_TEXT }\n',
    })
    const { code, stdout, stderr } = await runGw(['check'], { cwd: files.path, env: { STAMP_TEXT: SECRET } })
    expect(stderr).toContain(
      'gateway.yaml:4:13  plugins[0].options.text: Invalid URL: Received "{ env: STAMP_TEXT }"',
    )
    expect(stdout + stderr).not.toContain(SECRET)
    expect(code).toBe(1)
  })

  it('that are missing are shown where they are named, and only once', async () => {
    await using files = await folder({
      'stamp.js': STAMP,
      'gateway.yaml': [
        'plugins:',
        '  - use: ./stamp.js',
        '    options:',
        '      text: { env: NOT_THERE }',
        '      jwt:',
        '        - issuer: { file: nowhere.txt }',
      ].join('\n'),
    })
    const { stderr } = await runGw(['check'], { cwd: files.path })
    expect(stderr).toContain(
      'gateway.yaml:4:13  plugins[0].options.text: The environment variable NOT_THERE is not set',
    )
    expect(stderr).toContain(
      'gateway.yaml:6:19  plugins[0].options.jwt[0].issuer: The file nowhere.txt does not exist',
    )
    expect(stderr).toContain('2 problems')
  })

  it('are only objects with that one key: all others belong to the plugin', async () => {
    await using files = await folder({
      'stamp.js': STAMP,
      'gateway.yaml': 'plugins:\n  - use: ./stamp.js\n    options:\n      text: { env: HOME, fallback: x }\n',
    })
    const { stderr } = await runGw(['check'], { cwd: files.path })
    expect(stderr).toContain(
      'gateway.yaml:4:13  plugins[0].options.text: Invalid type: Expected string but received Object',
    )
  })
})

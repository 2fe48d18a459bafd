import { existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { generateApiKey, hashApiKey } from '@postern/plugin-auth'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/index.ts'
import { gather } from '../src/init/answers.ts'
import type { Answers } from '../src/init/questions.ts'
import { renderModule, renderYaml } from '../src/init/render.ts'
import { auditFile } from './_support/audit.ts'
import { folder } from './_support/folder.ts'
import { runGw, startGw } from './_support/gw.ts'
import { CTRL_C, DOWN, ENTER, HAS_TERMINAL, inTerminal } from './_support/terminal.ts'
import { upstream } from './_support/upstream.ts'

/** The file that somebody gets who gives these answers. */
const written = async (given: Answers, keyHash?: string): Promise<string> => {
  const answers = await gather(given, undefined)
  const plan = { ...answers, port: 0, keyHash }
  return answers?.format === 'ts' ? renderModule(plan) : renderYaml(plan)
}

const KEY = generateApiKey()

describe('what gw init writes', () => {
  const forms = ['yaml', 'ts'] as const
  const starts = [
    ['trace', {}, undefined, 200],
    ['auth', { issuer: 'https://idp.internal' }, undefined, 200],
    ['auth', { issuer: 'http://127.0.0.1:1', mode: 'enforce' }, undefined, 401],
    ['auth', { credentials: 'api-keys', caller: "check'out \\ 1: x" }, undefined, 200],
    ['auth', { credentials: 'api-keys', mode: 'enforce' }, undefined, 401],
    ['auth', { credentials: 'api-keys', mode: 'enforce' }, KEY, 200],
    ['routing', { service: 'stock.v2' }, undefined, 200],
  ] as const
  const cases = starts.flatMap((one) => forms.map((format) => [format, ...one] as const))

  it.each(cases)('as %s for %s %j starts as it is and answers', async (format, start, more, key, status) => {
    await using target = await upstream((request, response) => response.end(request.url))
    const text = await written({ start, format, upstream: target.url, ...more }, hashApiKey(KEY))
    await using place = await folder({ 'package.json': '{"type":"module"}' })
    const config = await loadConfig(
      await place.write(format === 'ts' ? 'gateway.config.ts' : 'gateway.yaml', text),
    )
    const gateway = createGateway(config.plugins, { ...config.options, logger: false })
    try {
      const { url } = await gateway.listen({ ...config.listen, port: 0 })
      const path = start === 'routing' ? '/stock.v2/7' : '/7'
      const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key }
      const answer = await fetch(url + path, { headers })
      expect(answer.status).toBe(status)
      if (status === 200) expect(await answer.text()).toBe(path)
    } finally {
      await gateway.close({ graceMs: 0 })
    }
  })

  it('has no error by the audit', async () => {
    for (const start of ['trace', 'auth', 'routing']) {
      const text = await written({ start, ...(start === 'auth' && { issuer: 'https://idp.internal' }) })
      await using place = await folder({})
      const findings = await auditFile(await place.write('gateway.yaml', text))
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    }
  })

  it('names its JSON Schema in the first line', async () => {
    expect(await written({ start: 'trace' })).toMatch(
      /^# yaml-language-server: \$schema=\.\/gateway\.schema\.json\n/,
    )
  })
})

describe('gw init without a terminal', () => {
  it('writes a configuration with a key that is printed once, and the gateway starts with it', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using place = await folder({})
    const args = [
      'init',
      'auth',
      '--credentials',
      'api-keys',
      '--mode',
      'enforce',
      '--upstream',
      target.url,
      '--port',
      '0',
    ]
    const { code, stdout, stderr } = await runGw(args, { cwd: place.path })
    expect(code).toBe(0)
    expect(stderr).toBe(`Wrote gateway.yaml
The key of first-caller, shown this once (only its hash is in the file); it goes into x-api-key:
Next:
  gw start
`)
    const key = stdout.trim()
    expect(readFileSync(join(place.path, 'gateway.yaml'), 'utf8')).not.toContain(key)
    await using gw = startGw(['start'], { cwd: place.path })
    const url = await gw.listening()
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(url, { headers: { 'x-api-key': key } })).status).toBe(200)
  })

  it('writes the schema when asked, and says all as JSON', async () => {
    await using place = await folder({})
    const { code, stdout } = await runGw(['init', 'trace', '--schema', '--json'], { cwd: place.path })
    const files = ['gateway.yaml', 'gateway.schema.json'].map((name) => join(place.path, name))
    expect({ code, ...(JSON.parse(stdout) as object) }).toEqual({ code: 0, files, next: ['gw start'] })
    expect(JSON.parse(readFileSync(files[1] ?? '', 'utf8'))).toMatchObject({ title: 'Postern gateway' })
  })

  it('says what has to be installed first', async () => {
    await using place = await folder({}, false)
    const { stderr } = await runGw(['init', 'trace', '--format', 'ts', '--out', 'sub/my.ts'], {
      cwd: place.path,
    })
    expect(stderr).toMatch(/^sub\/my\.ts cannot be written: /)
    const other = await runGw(['init', 'trace', '--out', 'my.mts', '--port', '9000'], { cwd: place.path })
    expect(other.stderr).toBe('Wrote my.mts\nNext:\n  gw start --config my.mts\n')
  })

  it.each([
    [{}, 'Say it: gw init auth|trace|routing'],
    [{ start: 'auth' }, 'Say it: gw init --issuer <url>'],
    [{ start: 'proxy' }, 'auth|trace|routing: Expected auth or trace or routing, found "proxy".'],
    [{ start: 'trace', upstream: 'localhost' }, '--upstream: Expected an address such as'],
    [{ start: 'trace', upstream: 'http://a:b@c' }, '--upstream: Expected an address such as'],
    [{ start: 'trace', issuer: 'https://a' }, '--issuer has no meaning here beside trace.'],
    [{ start: 'trace', format: 'ts', schema: 'yes' }, '--schema has no meaning here beside trace, ts.'],
    [{ start: 'routing', path: 'orders' }, '--path: Expected a path that begins with /'],
    [{ start: 'routing', path: '//orders' }, '--path: Expected a path that begins with /'],
    [{ start: 'routing', path: '/a/../b' }, '--path: Expected a path that begins with /'],
    [{ start: 'auth', issuer: 'https://a', audience: 'a\nb' }, '--audience: Expected a name'],
    [
      { start: 'auth', credentials: 'api-keys', caller: 'café' },
      '--caller: Expected a name of printable ASCII',
    ],
    [
      { start: 'auth', credentials: 'api-keys', caller: ' a' },
      '--caller: Expected a name of printable ASCII',
    ],
    [{ start: 'routing', service: 'Orders' }, '--service: Expected lower-case letters'],
  ])('refuses %j', async (given, words) => {
    await expect(gather(given, undefined)).rejects.toThrow(words)
  })

  it.each([
    ['another form', ['trace', '--format', 'json'], 'Allowed choices are yaml, ts.'],
    ['nothing to go by', [], 'Say it: gw init auth|trace|routing'],
    ['a name of another form', ['trace', '--format', 'ts', '--out', 'a.yaml'], 'do not go together'],
    ['a name of no form', ['trace', '--out', 'a.toml'], 'Expected a name that ends with'],
  ])('with %s ends with 2 and writes nothing', async (_name, args, words) => {
    await using place = await folder({}, false)
    const { code, stdout, stderr } = await runGw(['init', ...args], { cwd: place.path })
    expect(stderr).toContain(words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(await readdir(place.path)).toEqual([])
  })

  it('overwrites nothing without --force', async () => {
    await using place = await folder({ 'gateway.json': '{}' })
    const { code, stderr } = await runGw(['init', 'trace'], { cwd: place.path })
    expect(stderr).toContain('gateway.json is there already. --force')
    expect(code).toBe(2)
    const forced = await runGw(['init', 'trace', '--force'], { cwd: place.path })
    expect(forced).toMatchObject({ code: 0, stderr: 'Wrote gateway.yaml\nNext:\n  gw start\n' })
  })
})

describe.runIf(HAS_TERMINAL)('gw init at a terminal', () => {
  it('asks for the function first, then for what it needs, and complains at once', async () => {
    await using place = await folder({})
    const { code, text } = await inTerminal(['init'], {
      cwd: place.path,
      steps: [
        [/Which one function/, ENTER],
        [/Where is the service/, `localhost${ENTER}`],
        [/Expected an address/, `${'\u007f'.repeat(9)}http://127.0.0.1:4001${ENTER}`],
        [/How do callers prove/, ENTER],
        [/Who issues the tokens/, `https://idp.internal${ENTER}`],
        [/Whom are the tokens for/, ENTER],
        [/What happens to callers/, DOWN + ENTER],
        [/In which form/, ENTER],
        [/Write gateway\.schema\.json/, ENTER],
      ],
    })
    expect(text).toContain('Wrote gateway.yaml')
    expect(code).toBe(0)
    const file = readFileSync(join(place.path, 'gateway.yaml'), 'utf8')
    expect(file).toContain('upstream: http://127.0.0.1:4001\n')
    expect(file).toContain('audience: gateway\n')
    expect(file).not.toContain('mode: shadow')
  })

  it('asks only what flags do not say, shows no colour with NO_COLOR, and writes nothing after Ctrl-C', async () => {
    await using place = await folder({})
    const { code, raw, text } = await inTerminal(['init', 'trace', '--upstream', 'http://127.0.0.1:4001'], {
      cwd: place.path,
      env: { NO_COLOR: '1' },
      steps: [[/In which form/, CTRL_C]],
    })
    expect(text).not.toContain('Which one function')
    expect(text).toContain('Nothing was written.')
    expect(raw).not.toContain('\u001b[3')
    expect(code).toBe(1)
    expect(existsSync(join(place.path, 'gateway.yaml'))).toBe(false)
  })
})

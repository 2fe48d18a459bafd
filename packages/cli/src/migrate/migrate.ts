/** From a file of another gateway to a draft: finds out what it is, reads it, and hands it to whoever knows it. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { readDocument } from '../config/document.ts'
import { ConfigError } from '../config/issues.ts'
import { isRecord } from '../config/validate.ts'
import { displayPath, UsageError } from '../errors.ts'
import { Draft } from './draft.ts'
import { fromExpressGateway } from './from-express-gateway.ts'
import { fromFastGateway } from './from-fast-gateway.ts'
import { fromFastify } from './from-fastify.ts'
import { fromMiddleware } from './from-middleware.ts'
import { recordModule } from './read-module.ts'
import type { Recorded, Recording } from './recorder/record.ts'

/** Variables that libraries look for; they are no address of anybody's service. */
const ORDINARY_ENV =
  /^(?:NODE_.*|DEBUG.*|NO_COLOR|FORCE_COLOR|PORT|HOST|CI|TERM|LANG|HOME|PATH|TZ|LOG_LEVEL|.*_?REPORT_DEPENDENCIES|UV_.*|npm_.*)$/

/** @throws {UsageError} for a file that is none of the four kinds. @throws {ConfigError} for YAML that cannot be read. */
export async function migrate(file: string): Promise<Draft> {
  const draft = new Draft()
  if (/\.(?:ya?ml|json)$/.test(file)) readExpressGateway(draft, file)
  else if (/\.[cm]?[jt]s$/.test(file)) readModule(draft, await recordModule(file), file)
  else
    throw new UsageError(
      `${displayPath(file)} is none of .js, .mjs, .cjs, .ts, .mts, .cts, .yml, .yaml and .json.`,
    )
  return draft
}

function readExpressGateway(draft: Draft, file: string): void {
  const text = readFileSync(file, 'utf8')
  // express-gateway puts the environment into the text before it reads it.
  const filled = text.replaceAll(
    /\$\{(\w+)(?::-([^}]*))?\}/g,
    (whole, name: string, otherwise?: string) => process.env[name] ?? otherwise ?? whole,
  )
  const source = readDocument(file, filled)
  if (source.problems.length > 0) throw new ConfigError(source, source.problems)
  if (!isRecord(source.data) || !('pipelines' in source.data))
    throw new UsageError(
      `${displayPath(file)} has no pipelines, so it is no gateway.config.yml of express-gateway.`,
    )
  fromExpressGateway(draft, source.data, (path) => {
    const line = source.locate(path, 'key')?.line
    return line === undefined ? displayPath(file) : `${displayPath(file)}:${line}`
  })
}

function readModule(draft: Draft, recording: Recording, file: string): void {
  const calls = recording.calls.map((call) => ({ ...call, where: shown(call.where) }))
  if (calls.length === 0)
    throw new UsageError(
      `${displayPath(file)} calls none of @fastify/http-proxy, http-proxy-middleware and fast-gateway` +
        `${recording.failure === undefined ? '. Name the file that sets the proxies up.' : `: it ended with ${recording.failure}`}`,
    )
  for (const name of recording.readEnv) {
    const value = process.env[name] ?? ''
    if (value.length >= 8) draft.envOfValue.set(value, name)
  }
  const version = { major: majorOf('http-proxy-middleware', file) }
  for (const call of calls) {
    if (call.package === '@fastify/http-proxy') fromFastify(draft, call)
    else if (call.package === 'fast-gateway') fromFastGateway(draft, call)
    else fromMiddleware(draft, call, version)
    listBefore(draft, call)
  }
  for (const { what, where } of recording.own)
    draft.change(
      'lost',
      'own code',
      `The file ${what}. Requests no longer get there: move it into a service, or a plugin (docs/writing-a-plugin.md).`,
      shown(where),
    )
  const [port] = recording.ports
  if (port !== undefined && port > 0) draft.listen = { port }
  if (recording.failure !== undefined)
    draft.change(
      'open',
      'end of the file',
      `It ended with ${recording.failure}, so what would have followed is not here.`,
      displayPath(file),
    )
  const missing = recording.missingEnv.filter((name) => !ORDINARY_ENV.test(name))
  if (missing.length > 0)
    draft.change(
      'changed',
      'environment',
      `Not set while the file was read: ${missing.join(', ')}. What depends on them has the value that it has without.`,
      displayPath(file),
    )
  if (recording.absent.length > 0)
    draft.change(
      'changed',
      'packages',
      `Not installed where the file was read: ${recording.absent.join(', ')}. What they give was taken for unknown.`,
      displayPath(file),
    )
}

/** What ran before the proxy may be what kept strangers out. */
function listBefore(draft: Draft, { mounts, where }: Recorded): void {
  for (const { path, before } of mounts) {
    const names = before.map((name) => name || 'a function without a name')
    if (names.length > 0)
      draft.change(
        'lost',
        'handlers in front',
        `Before ${path || '/'} ran ${names.join(', ')}. Code does not move. If it decides who may call, put plugin-auth in front before you switch; the rest goes into a plugin or the service.`,
        where,
      )
  }
}

function shown(where: string): string {
  const [, path = where, line = ''] = /^(.*?)(:\d+.*)$/.exec(where) ?? []
  return displayPath(path) + line
}

/** Major version of a package that the file's project uses: the one that is installed, else the one that package.json asks for. */
function majorOf(name: string, file: string): number | undefined {
  try {
    const manifest = createRequire(file)(`${name}/package.json`) as { version: string }
    return Number(manifest.version.split('.')[0])
  } catch {
    const manifest = nearestManifest(dirname(file))
    const range = manifest?.dependencies?.[name] ?? manifest?.devDependencies?.[name]
    const major = /\d+/.exec(range ?? '')?.[0]
    return major === undefined ? undefined : Number(major)
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function nearestManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  return basename(folder) === '' ? undefined : nearestManifest(dirname(folder))
}

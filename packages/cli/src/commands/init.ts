import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { firstConfig } from '../config/find.ts'
import { resolvePackage } from '../config/plugins.ts'
import { displayPath, FailedError, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type Ask, gather } from '../init/answers.ts'
import { type NewKey, newApiKey } from '../init/api-key.ts'
import type { Answers } from '../init/questions.ts'
import { type Plan, renderModule, renderYaml, SCHEMA_FILE } from '../init/render.ts'
import { print, say } from '../output.ts'
import { jsonText } from '../trace/text.ts'

/** Options of `gw init`. */
export interface InitOptions extends Omit<Answers, 'start' | 'schema'> {
  /** Write the JSON Schema as well; `false` for `--no-schema`. */
  readonly schema?: boolean
  /** Port to listen on. Default: 8080. */
  readonly port?: number
  /** File to write. Default: `gateway.yaml` or `gateway.config.ts` in this folder. */
  readonly out?: string
  /** Overwrite files. */
  readonly force?: true
  /** Ask nothing. */
  readonly yes?: true
  /** Print JSON. */
  readonly json?: true
}

const NAMES = { yaml: 'gateway.yaml', ts: 'gateway.config.ts' } as const

/**
 * Writes the first configuration, with one plugin.
 *
 * @returns 0 when it is written, 1 when somebody gave up or it cannot be written, 2 when an answer is missing or wrong, or a file is
 * in the way.
 */
export async function init(start: string | undefined, options: InitOptions): Promise<ExitCode> {
  refuseOverwrite(options)
  const { schema, port = 8080, out, force, yes, json, ...answers } = options
  const format = answers.format ?? (out === undefined ? undefined : formatOf(out))
  const given: Answers = {
    start,
    ...answers,
    format,
    schema: schema === undefined ? undefined : schema ? 'yes' : 'no',
  }
  const answered = await gather(given, yes ? undefined : await terminal())
  if (answered === undefined) throw new FailedError('Nothing was written.')
  const file = resolve(out ?? NAMES[answered.format === 'ts' ? 'ts' : 'yaml'])
  const key = answered.credentials === 'api-keys' ? await newApiKey(file) : undefined
  const written = await write(file, { ...answered, port, keyHash: key?.hash }, force === true)
  tell(answered, file, written, key, json === true)
  return EXIT.ok
}

/** Before anything is asked: nobody likes to answer for nothing. */
function refuseOverwrite({ out, force }: InitOptions): void {
  if (force) return
  const there =
    out === undefined ? firstConfig(process.cwd()) : existsSync(resolve(out)) ? resolve(out) : undefined
  if (there !== undefined)
    throw new UsageError(
      `${displayPath(there)} is there already. --force writes all the same, --out FILE writes another.`,
    )
}

function formatOf(out: string): 'yaml' | 'ts' {
  const extension = extname(out)
  if (/^\.ya?ml$/.test(extension)) return 'yaml'
  if (/^\.m?ts$/.test(extension)) return 'ts'
  throw new UsageError(`--out ${out}: Expected a name that ends with .yaml, .yml, .ts or .mts.`)
}

async function terminal(): Promise<Ask | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  return (await import('../init/prompts.ts')).askAtTerminal
}

/** @returns the files, the configuration first. */
async function write(file: string, plan: Plan, force: boolean): Promise<string[]> {
  if (plan.format !== formatOf(file))
    throw new UsageError(`--format ${plan.format} and --out ${displayPath(file)} do not go together.`)
  await put(file, plan.format === 'ts' ? renderModule(plan) : renderYaml(plan), force)
  const isInstalled = resolvePackage(`@postern/plugin-${plan.start}`, file) !== undefined
  if (plan.schema !== 'yes' || !isInstalled) return [file]
  const { configSchema } = await import('../schema/config-schema.ts')
  const { usedPlugins } = await import('../config/used-plugins.ts')
  const schemaFile = join(dirname(file), SCHEMA_FILE)
  await put(schemaFile, `${JSON.stringify(configSchema(await usedPlugins(file)), null, 2)}\n`, force)
  return [file, schemaFile]
}

async function put(file: string, text: string, force: boolean): Promise<void> {
  try {
    // Fails, and does not overwrite, where a file has come since.
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    if (isThere) throw new UsageError(`${displayPath(file)} is there already. --force overwrites it.`)
    throw new FailedError(`${displayPath(file)} cannot be written: ${messageOf(error)}`)
  }
}

function tell(
  answers: Answers,
  file: string,
  files: readonly string[],
  key: NewKey | undefined,
  json: boolean,
): void {
  const next = nextCommands(answers, file, files)
  if (json) {
    print(jsonText({ files, apiKey: key?.key, next }))
    return
  }
  say(`Wrote ${files.map((one) => displayPath(one)).join(' and ')}`)
  if (key) {
    say(
      `The key of ${answers.caller}, shown this once (only its hash is in the file); it goes into x-api-key:`,
    )
    print(key.key)
  }
  say(`Next:\n${next.map((command) => `  ${command}`).join('\n')}`)
}

function nextCommands({ start, schema }: Answers, file: string, files: readonly string[]): string[] {
  const isFound = dirname(file) === process.cwd() && firstConfig(process.cwd()) === file
  const config = isFound ? '' : ` --config ${displayPath(file)}`
  const needed = [
    `@postern/plugin-${start}`,
    ...(extname(file) === '.yaml' || extname(file) === '.yml' ? [] : ['@postern/cli']),
  ]
  const missing = needed.filter((name) => resolvePackage(name, file) === undefined)
  return [
    ...(missing.length === 0 ? [] : [`npm install ${missing.join(' ')}`]),
    ...(schema === 'yes' && files.length === 1
      ? [`gw schema ${displayPath(file)} --out ${SCHEMA_FILE}`]
      : []),
    `gw start${config}`,
  ]
}

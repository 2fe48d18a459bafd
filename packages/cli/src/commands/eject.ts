import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suggestKey } from '@postern/core'
import { reachableHost } from '../admin/place.ts'
import { asText } from '../as-text.ts'
import { findConfig } from '../config/find.ts'
import { isRecord } from '../config/validate.ts'
import { type Comparison, compareBoth, isLocalUrl, readSamples } from '../eject/check.ts'
import { type Ejected, eject as filesOf } from '../eject/files.ts'
import { readEjectable, type Source } from '../eject/source.ts'
import { displayPath, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
import { columns, jsonText, printable } from '../trace/text.ts'
import { writeFiles } from '../write-files.ts'

/** Options of `gw eject`. */
export interface EjectOptions {
  readonly config?: string
  readonly all?: true
  readonly out?: string
  readonly force?: true
  readonly json?: true
  /** URL by which callers know the gateway. */
  readonly gateway?: string
  /** Compare both paths with the requests of this file, in place of writing. */
  readonly check?: string
  readonly sample?: number
  readonly direct?: string
  readonly header?: Readonly<Record<string, string>>
  readonly compareHeader?: readonly string[]
}

const SAMPLES = 100
const COMPARED = ['content-type', 'location', 'www-authenticate']

/**
 * Writes what callers and a service need to do without the gateway, or compares both paths.
 *
 * @returns 0, 1 when answers differ, 2 when it cannot be done as asked.
 */
export async function eject(service: string | undefined, options: EjectOptions): Promise<ExitCode> {
  const source = await readEjectable(findConfig(options.config))
  const services = chosen(source, service, options)
  if (options.check !== undefined) return check(source, services, options, options.check)
  const gatewayUrl = options.gateway ?? 'http://gateway'
  const all: Ejected[] = []
  for (const name of services) all.push(await filesOf(source, name, folderOf(name, options), gatewayUrl))
  if (options.json)
    print(jsonText(all.map(({ files, ...rest }) => ({ ...rest, files: Object.fromEntries(files) }))))
  else await write(all, options)
  return EXIT.ok
}

function chosen({ services }: Source, service: string | undefined, { all }: EjectOptions): string[] {
  // A service that is the gateway's own process has no address to call.
  const names = Object.keys(services).filter((name) => services[name]?.['inProcess'] !== true)
  if (all && service === undefined) return names
  if (service === undefined || all)
    throw new UsageError(`Name one service (${names.join(', ')}), or say --all.`)
  if (names.includes(service)) return [service]
  const meant = suggestKey(service, names)
  throw new UsageError(
    `There is no service "${service}"${meant === undefined ? `: there is ${names.join(', ')}` : `: did you mean "${meant}"?`}`,
  )
}

function folderOf(service: string, { out, all }: EjectOptions): string {
  const root = resolve(out ?? 'eject')
  return out !== undefined && !all ? root : join(root, service)
}

async function write(all: readonly Ejected[], options: EjectOptions): Promise<void> {
  const files = all.flatMap(({ service, files: own }) =>
    [...own].map(([name, text]) => [join(folderOf(service, options), name), text] as const),
  )
  const there = files.filter(([path]) => existsSync(path)).map(([path]) => displayPath(path))
  if (there.length > 0 && !options.force)
    throw new UsageError(
      `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already. Write over with --force, or elsewhere with --out FOLDER.`,
    )
  await writeFiles(files)
  for (const { service, losses } of all) {
    say(`Wrote ${displayPath(folderOf(service, options))}: begin with its README.md.`)
    for (const { feature, what } of losses) print(printable(`${service} loses ${feature}: ${what}`))
  }
}

async function check(
  source: Source,
  services: readonly string[],
  options: EjectOptions,
  file: string,
): Promise<ExitCode> {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  if (options.direct !== undefined && services.length > 1)
    throw new UsageError('--direct is the address of one service: name it.')
  const gateway = options.gateway ?? listening(source)
  const results: (Comparison & { readonly service: string })[] = []
  for (const service of services) {
    const { requests, unsafe } = await readSamples(file, service, options.sample ?? SAMPLES)
    if (unsafe > 0) say(`${service}: ${unsafe} requests of the log are not sent: only GET and HEAD are.`)
    const plan = {
      source,
      service,
      gateway,
      direct: options.direct,
      headers: options.header ?? {},
      compare: options.compareHeader ?? COMPARED,
    }
    for (const result of await compareBoth(plan, requests)) results.push({ ...result, service })
  }
  if (results.length === 0) throw new UsageError(`${file} has no GET or HEAD to ${services.join(', ')}.`)
  const different = results.filter(({ differences }) => differences.length > 0)
  if (options.json) print(jsonText({ compared: results.length, different }))
  else {
    print(`${results.length} requests sent both ways, ${different.length} answered differently.`)
    if (different.length > 0)
      print(
        columns(different, [
          { head: 'service', cell: (row) => row.service },
          { head: 'request', cell: ({ method, path }) => `${method} ${path}`, most: 60 },
          { head: 'through the gateway', cell: ({ differences }) => differences.join('; ') },
        ]),
      )
  }
  return different.length === 0 ? EXIT.ok : EXIT.failed
}

/** Where the configuration listens. @throws {UsageError} when that is no address of this machine. */
function listening({ data }: Source): string {
  const listen = isRecord(data['listen']) ? data['listen'] : {}
  const host = asText(listen['host'], '127.0.0.1')
  const scheme = listen['tls'] === undefined ? 'http' : 'https'
  const url = `${scheme}://${reachableHost(host)}:${asText(listen['port'], '8080')}`
  if (!isLocalUrl(url))
    throw new UsageError(
      `The gateway listens on ${url}, which is not this machine: say with --gateway URL where requests may be sent.`,
    )
  return url
}

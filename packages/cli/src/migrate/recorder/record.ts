/** What is written down while somebody's file runs. */
import { fileURLToPath } from 'node:url'
import { serialise } from './serialise.ts'

/** Packages that are understood. */
export type ProxyPackage = '@fastify/http-proxy' | 'http-proxy-middleware' | 'fast-gateway'

/** One call of one of these packages. */
export interface Recorded {
  readonly package: ProxyPackage
  /** Its arguments, as data. */
  readonly args: readonly unknown[]
  /** `file:line` of the call. */
  readonly where: string
  /** Where it is mounted in Express or registered in Fastify, as a path. Several when it is mounted several times. */
  mounts: Mount[]
}

/** A place in the file's own application where a proxy was put. */
export interface Mount {
  /** Path from the root of the application. */
  readonly path: string
  /** The method, where it is mounted for one only. */
  readonly method?: string | undefined
  /** Functions that run before it: names, empty for those without. */
  readonly before: readonly string[]
}

/** What the file does beside proxying. */
export interface OwnWork {
  /** A route that it answers itself, a hook, a middleware. */
  readonly what: string
  readonly where: string
}

/** Everything that was seen. */
export interface Recording {
  readonly calls: readonly Recorded[]
  readonly own: readonly OwnWork[]
  /** Ports that it would have listened on. */
  readonly ports: readonly number[]
  /** Environment variables that it asked for and that are not set. */
  readonly missingEnv: readonly string[]
  /** Environment variables that it asked for and that are set. */
  readonly readEnv: readonly string[]
  /** Packages that are not installed here. */
  readonly absent: readonly string[]
  /** What it threw, if it did. */
  readonly failure?: string | undefined
}

/** The recording of this process. */
export const seen = {
  calls: [] as Recorded[],
  own: [] as OwnWork[],
  ports: [] as number[],
  missingEnv: new Set<string>(),
  readEnv: new Set<string>(),
  absent: new Set<string>(),
}

const proxies = new WeakMap<object, Recorded>()

/** Writes a call down, and gives the function that stands for what the package would have given. */
export function recordCall(name: ProxyPackage, args: readonly unknown[]): (...args: unknown[]) => void {
  const recorded: Recorded = {
    package: name,
    args: args.map((arg) => serialise(arg)),
    where: callSite(),
    mounts: [],
  }
  seen.calls.push(recorded)
  const middleware = Object.assign(() => undefined, { upgrade: () => undefined })
  proxies.set(middleware, recorded)
  return middleware
}

/** The call behind a function that `recordCall` gave. */
export function recordedOf(value: unknown): Recorded | undefined {
  return typeof value === 'function' ? proxies.get(value) : undefined
}

/** Where in somebody's own files the running call was made. */
export function callSite(): string {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 40
  const stack = new Error().stack ?? ''
  Error.stackTraceLimit = limit
  for (const line of stack.split('\n').slice(1)) {
    const [, place = '', number = ''] =
      /\(?((?:file:\/\/)?\/[^()]*?|(?:file:\/\/)?[A-Z]:[^()]*?):(\d+):\d+\)?$/.exec(line) ?? []
    const file = place.startsWith('file:') ? fileURLToPath(place.replace(/\?.*$/, '')) : place
    if (
      file === '' ||
      file.includes('/node_modules/') ||
      /[/\\](?:migrate[/\\]recorder|recorder\.[jt]s$|chunks[/\\])/.test(file)
    )
      continue
    return `${file}:${number}`
  }
  return ''
}

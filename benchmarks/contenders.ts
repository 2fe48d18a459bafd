import { onPath } from './harness/machine.ts'

/** A proxy in the race. Its file starts it in a process of its own. */
export interface Contender {
  readonly name: string
  /** Relative to this file. */
  readonly file: string
  /** Why it cannot run here, or nothing when it can. */
  readonly missing?: () => string | undefined
}

/** Every ratio is against this contender, so it takes part in every run. */
export const FLOOR = 'floor'

/** All contenders. Each one is configured by its own file in `servers/`, which says why where a choice was open. */
export const contenders: readonly Contender[] = [
  { name: FLOOR, file: 'servers/floor.ts' },
  { name: 'postern-bare', file: 'servers/postern-bare.ts' },
  { name: 'postern-full', file: 'servers/postern-full.ts' },
  { name: 'fastify-http-proxy', file: 'servers/fastify-http-proxy.ts' },
  { name: 'http-proxy-3', file: 'servers/http-proxy-3.ts' },
  { name: 'httpxy', file: 'servers/httpxy.ts' },
  { name: 'fast-proxy', file: 'servers/fast-proxy.ts' },
  { name: 'nginx', file: 'servers/nginx.ts', missing: nginxMissing },
]

/**
 * The contenders of those names in the order of the list, the floor always among them; all of them when no name is given.
 * @throws Error when a name is unknown; the message lists those that exist
 */
export function contendersNamed(names: readonly string[]): Contender[] {
  const unknown = names.find((name) => !contenders.some((contender) => contender.name === name))
  if (unknown !== undefined) {
    throw new Error(`no contender "${unknown}"; there are: ${contenders.map(({ name }) => name).join(', ')}`)
  }
  return contenders.filter(({ name }) => names.length === 0 || name === FLOOR || names.includes(name))
}

function nginxMissing(): string | undefined {
  if (process.platform !== 'linux') return 'its CPU time is read from /proc, which only Linux has'
  return onPath('nginx') ? undefined : 'there is no nginx on the PATH'
}

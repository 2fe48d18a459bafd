import { unescape as decodePercent } from 'node:querystring'
import type { PathParameters } from '@postern/core/contracts'
import type { PathParameter } from './table/match.ts'

/** The parameters of one path. Nothing is read before someone asks. */
export class MatchedParameters implements PathParameters {
  readonly #path: string
  readonly #parameters: readonly PathParameter[]

  /** @param path normalised, as matched. */
  constructor(path: string, parameters: readonly PathParameter[]) {
    this.#path = path
    this.#parameters = parameters
  }

  get(name: string): string | undefined {
    const parameter = this.#parameters.find((one) => one.name === name)
    return parameter && segmentAt(parameter, this.#path)
  }

  toObject(): Readonly<Record<string, string>> {
    // Without a prototype: a parameter may be called `__proto__`.
    const values = Object.create(null) as Record<string, string>
    for (const parameter of this.#parameters) values[parameter.name] = segmentAt(parameter, this.#path)
    return values
  }
}

/** Of a route whose path has none, and of no route at all: one for all exchanges. */
export const NO_PARAMETERS: PathParameters = new MatchedParameters('/', [])

/**
 * The parameters of a path that a pattern matched.
 * @param path normalised, as matched.
 */
export function pathParametersOf(path: string, parameters: readonly PathParameter[]): PathParameters {
  return parameters.length === 0 ? NO_PARAMETERS : new MatchedParameters(path, parameters)
}

/** One segment is decoded, once; a rest is not: an encoded slash in it could not be told from one between segments. */
function segmentAt(parameter: PathParameter, path: string): string {
  const raw = rawValueOf(parameter, path)
  return parameter.rest ? raw : decodePercent(raw)
}

/** A parameter's value as it stands in a normalised path. */
export function rawValueOf(parameter: PathParameter, path: string): string {
  const from = restOf(parameter, path)
  if (parameter.rest) return from.slice(1)
  const end = from.indexOf('/', 1)
  return end === -1 ? from.slice(1) : from.slice(1, end)
}

/** A path from the slash before a parameter on; empty where it ends before: `/files` fits `/files/{path*}`. */
export function restOf({ segment }: PathParameter, path: string): string {
  let start = 0
  for (let passed = 0; passed < segment; passed++) {
    start = path.indexOf('/', start + 1)
    if (start === -1) return ''
  }
  return path.slice(start)
}

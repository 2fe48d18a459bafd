import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'
import { ms } from '../option-values.ts'
import type { FileOptions } from './file-watch.ts'

/** `FileOptions` with every default filled in. */
export interface ResolvedFileOptions {
  readonly path: string
  readonly pollMs: number
}

/**
 * Schema of a file that is followed: its path, or `FileOptions`. A union would say of a misspelt key only that nothing fits: the form
 * that was given chooses. `options` is for JSON Schema, `wrapped` for core, which suggests known keys.
 */
export function followedFile(
  leastPollMs: number,
  pollMs: number,
): v.GenericSchema<string | FileOptions, ResolvedFileOptions> {
  const pathSchema = v.pipe(v.string(), v.nonEmpty('Expected a path'))
  const alone = v.pipe(
    pathSchema,
    v.transform((path) => ({ path, pollMs })),
  )
  const whole = optionsOf('FileOptions', { path: pathSchema, pollMs: ms(leastPollMs, pollMs) })
  type Form = v.GenericSchema<string | FileOptions, ResolvedFileOptions>
  const choose = (given: unknown): Form => (typeof given === 'string' ? alone : whole)
  return Object.assign(v.lazy(choose), { options: [alone, whole], wrapped: whole })
}

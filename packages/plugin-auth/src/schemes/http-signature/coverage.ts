import type { ReadSignature } from '../../http-signature/read-signature.ts'

/**
 * What a signature lacks; `undefined` when it covers all that is asked for. A part of a field (`key`) does not stand for the field, nor
 * does what it means (`sf`): of a member that is there twice, the upstream may take the first. All its bytes (`bs`) do.
 */
export function missingCoverage(
  { covered }: ReadSignature,
  wanted: readonly string[],
  query: string,
  hasBody: boolean,
): string | undefined {
  const names = new Set(covered[0].filter(([, parameters]) => isWhole(parameters)).map(([name]) => name))
  const lacks = (name: string): boolean => !names.has(name)
  if (lacks('@method')) return '@method'
  if (lacks('@authority') && lacks('@target-uri')) return '@authority'
  if (lacks('@target-uri') && lacks('@request-target')) {
    if (lacks('@path')) return '@path'
    // Without a query nothing can be taken away; what is added later is not empty.
    if (query !== '' && lacks('@query')) return '@query'
  }
  if (hasBody && lacks('content-digest')) return 'content-digest'
  return wanted.find(lacks)
}

function isWhole(parameters: ReadonlyMap<string, unknown>): boolean {
  return parameters.size === 0 || (parameters.size === 1 && parameters.has('bs'))
}

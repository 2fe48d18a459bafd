/** The `listen` part of a configuration, checked by core as `gateway.listen` would. */
import { resolve } from 'node:path'
import {
  checkListenOptions,
  isGatewayError,
  issuePath,
  type ListenOptions,
  listenOptionsSchema,
  type SchemaIssue,
} from '@postern/core'
import type { ConfigIssue } from './issues.ts'
import { checkWith, isRecord } from './validate.ts'

/** Where and how to listen. */
export interface ListenPart {
  /** Meaningless when there are issues. */
  readonly listen: ListenOptions
  /** Everything that is wrong with it. */
  readonly issues: readonly ConfigIssue[]
}

/** Checks the part. A relative `socketPath` starts at the folder, as all paths of the file do. */
export function readListen(given: unknown, folder: string): ListenPart {
  const path = ['listen']
  const issues = given === undefined ? [] : checkWith(listenOptionsSchema, given, { path })
  if (issues.length > 0 || !isRecord(given)) return { listen: {}, issues }
  const { socketPath, ...others } = given as ListenOptions
  const listen = socketPath === undefined ? others : { ...others, socketPath: resolve(folder, socketPath) }
  return { listen, issues: checkMaterial(listen, path) }
}

/** What is wrong with the certificates, before anybody listens. */
function checkMaterial(listen: ListenOptions, path: readonly PropertyKey[]): ConfigIssue[] {
  try {
    checkListenOptions(listen)
    return []
  } catch (error) {
    if (!isGatewayError(error)) throw error
    const issues =
      'issues' in error && Array.isArray(error.issues) ? error.issues : [{ message: error.message }]
    return issues.map((issue: SchemaIssue) => ({
      path: [...path, ...issuePath(issue)],
      message: issue.message,
    }))
  }
}

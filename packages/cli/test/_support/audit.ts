import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { audit, type PlacedFinding } from '../../src/audit/audit.ts'
import { openConfig } from '../../src/config/load.ts'
import { folder } from './folder.ts'

/** What an audit works with, beside the configuration. */
export interface AuditInput {
  /** More files of the folder. */
  readonly files?: Readonly<Record<string, string>>
  /** Rights of files. Default: what the umask leaves. */
  readonly modes?: Readonly<Record<string, number>>
  /** Default: now. */
  readonly nowMs?: number
  /** Name of the configuration. Default: `gateway.yaml`. */
  readonly name?: string
}

/** Audits a configuration in a folder of its own. */
export async function auditOf(
  text: string,
  { files = {}, modes = {}, nowMs = Date.now(), name = 'gateway.yaml' }: AuditInput = {},
): Promise<PlacedFinding[]> {
  await using place = await folder({ ...files, 'package.json': '{"type":"module"}', [name]: text })
  for (const [file, mode] of Object.entries(modes)) await chmod(join(place.path, file), mode)
  return await auditFile(join(place.path, name), nowMs)
}

/** Audits a file as `gw check --strict` does. */
export async function auditFile(file: string, nowMs: number = Date.now()): Promise<PlacedFinding[]> {
  const opened = await openConfig(file)
  const gateway = createGateway(opened.config.plugins, { ...opened.config.options, logger: false })
  try {
    return audit(opened, gateway.routes(), nowMs)
  } finally {
    await gateway.close()
  }
}

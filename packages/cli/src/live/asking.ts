/** What commands have in common that ask a running gateway, a file or logs. */
import { type AdminClient, adminClient } from '../admin/client.ts'
import { type AdminOptions, findAdmin } from '../admin/place.ts'

/** Options of a command that asks a running gateway, or reads the file. */
export interface AskingOptions extends AdminOptions {
  /** Ask the running gateway of the configuration. */
  readonly running?: true
  readonly json?: true
}

/** Whether a running gateway is meant. */
export function asksRunning({ admin, running }: AskingOptions): boolean {
  return running === true || admin !== undefined
}

/** The client of the gateway that is meant. */
export async function clientFor(options: AdminOptions): Promise<AdminClient> {
  return adminClient(await findAdmin(options))
}

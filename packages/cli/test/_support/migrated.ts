import { join } from 'node:path'
import { createGateway, type Gateway } from '@postern/core'
import { loadConfig } from '../../src/index.ts'
import type { Draft } from '../../src/migrate/draft.ts'
import { migrate } from '../../src/migrate/migrate.ts'
import { toYaml } from '../../src/migrate/write.ts'
import { folder } from './folder.ts'

/** What `gw migrate` made of a file, as a gateway that runs. */
export interface Migrated extends AsyncDisposable {
  readonly draft: Draft
  readonly yaml: string
  readonly gateway: Gateway
  /** Options of the draft's changes of a kind. */
  changed(kind: 'open' | 'lost' | 'changed'): string[]
}

/** Migrates a file, and starts what came out. Throws where `gw check` would find something wrong. */
export async function migrated(
  name: string,
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Migrated> {
  const place = await folder({ ...files, [name]: text }, false)
  const draft = await migrate(join(place.path, name))
  const yaml = toYaml(draft, name)
  for (const [file, content] of draft.files) await place.write(file, content)
  // The plugins are found from where gw is installed, as after npx.
  const config = await loadConfig(await place.write('gateway.yaml', yaml))
  const gateway = createGateway(config.plugins, { ...config.options, logger: false })
  return {
    draft,
    yaml,
    gateway,
    changed: (kind) => [
      ...new Set(draft.changes.filter((change) => change.kind === kind).map(({ option }) => option)),
    ],
    [Symbol.asyncDispose]: async () => {
      await gateway.close()
      await place[Symbol.asyncDispose]()
    },
  }
}

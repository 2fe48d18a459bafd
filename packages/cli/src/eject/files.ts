/** All files of one ejected service, its page included. */

import { join } from 'node:path'
import { asText } from '../as-text.ts'
import { isRecord } from '../config/validate.ts'
import { displayPath } from '../errors.ts'
import { type Loss, lossesOf } from './lost.ts'
import { calleeModule, callerModule, MOUNT_MODULE, type ModuleText } from './modules.ts'
import { addressesOf, type PlainModule, plainModule } from './plain-module.ts'
import type { Source } from './source.ts'

/** An ejected service. */
export interface Ejected {
  readonly service: string
  /** Texts by path below the folder. */
  readonly files: ReadonlyMap<string, string>
  readonly losses: readonly Loss[]
  /** Environment variables that the modules read. */
  readonly environment: readonly string[]
}

/** Writes nothing: gives the texts. @throws {UsageError} where the service cannot be taken out as it is. */
export async function eject(
  source: Source,
  service: string,
  folder: string,
  gatewayUrl: string,
): Promise<Ejected> {
  const callee = await calleeModule(source, service, join(folder, 'callee'))
  const caller = await callerModule(source, service, join(folder, 'caller'), gatewayUrl)
  const plain = plainModule(source, service)
  const losses = lossesOf(source, service)
  const environment = [...new Set([...callee.env, ...caller.env, plain.variable])]
  const page: Page = { source, service, gatewayUrl, callee, caller, plain, losses }
  const files = new Map([
    ['README.md', pageText(page)],
    ['callee/gateway.mts', callee.text],
    ['callee/mount.mts', MOUNT_MODULE],
    ['caller/gateway.mts', caller.text],
    ['caller/plain.mts', plain.text],
    ['.env.example', envExample(page)],
  ])
  return { service, files, losses, environment }
}

interface Page {
  readonly source: Source
  readonly service: string
  readonly gatewayUrl: string
  readonly callee: ModuleText
  readonly caller: ModuleText
  readonly plain: PlainModule
  readonly losses: readonly Loss[]
}

function envExample({ source, service, gatewayUrl, callee, caller, plain }: Page): string {
  const secrets = [...new Set([...callee.env, ...caller.env])].filter((name) => name !== 'GATEWAY_URL')
  return [
    '# What callers know the gateway by.',
    `GATEWAY_URL=${gatewayUrl}`,
    `# Addresses of ${service}, for callers without Postern.`,
    `${plain.variable}=${addressesOf(source.services[service] ?? {}).join(',')}`,
    ...(secrets.length > 0
      ? ['# Secrets: the values are where the gateway has them.', ...secrets.map((name) => `${name}=`)]
      : []),
    '',
  ].join('\n')
}

function pageText({ source, service, gatewayUrl, callee, caller, plain, losses }: Page): string {
  const files = [...new Set([...callee.file, ...caller.file])]
  const install = (packages: readonly string[]): string => `npm install ${packages.join(' ')}`
  return `# ${service} without the gateway

Made by gw eject from ${displayPath(source.file)}.

| file | for |
|---|---|
| \`callee/gateway.mts\`, \`callee/mount.mts\` | the service: the same guard and trace in its own process, for Express, Fastify and node:http |
| \`caller/gateway.mts\` | callers in Node: the same routes, times, retries and balancing, and the same URLs |
| \`caller/plain.mts\` | callers without Postern: addresses and paths, nothing else |
| \`.env.example\` | names of what the modules read from the environment |

## Addresses

${addressTable(source, service)}

## In this order

1. **The service first.** \`${install(callee.packages)}\`; mount the guard before everything else:

   \`\`\`ts
   import { guardExpress } from './callee/mount.mts' // or guardFastify, or guarded for node:http
   guardExpress(app)
   \`\`\`

   It answers as the gateway does: who is refused there is refused here. While traffic still comes through the gateway, both check.${files.length > 0 ? `\n   Files with secrets are read from where the process runs: ${files.map((file) => `\`${file}\``).join(', ')}.` : ''}
2. **Compare**: \`gw eject ${service} --check access.log --sample 100\` sends GET and HEAD both ways and says what differs.
3. **Callers, one after another.** \`${install(caller.packages)}\`; the URLs stay:

   \`\`\`ts
   import { directFetch } from './caller/gateway.mts'
   const response = await directFetch('${gatewayUrl}${examplePath(source, service)}')
   \`\`\`

   Calls to other services through the gateway go on as they were.
4. **The route last**: when \`gw edges\` shows no more calls to ${service} through the gateway, take its routes out.

## What is lost

${losses.map(({ feature, what }) => `- **${feature}**: ${what}`).join('\n')}${plain.left.length > 0 ? `\n- **caller/plain.mts**: ${plain.left.map((path) => `\`${path}\``).join(', ')} has parameters and is not among its paths.` : ''}
`
}

function addressTable(source: Source, service: string): string {
  const options = source.services[service] ?? {}
  const endpoints = Array.isArray(options['endpoints']) ? (options['endpoints'] as unknown[]) : []
  const rows = endpoints.map((endpoint) => {
    const { url, weight, zone } = isRecord(endpoint)
      ? endpoint
      : { url: endpoint, weight: undefined, zone: undefined }
    return `| ${asText(url)} | ${asText(weight, '1')} | ${asText(zone)} |`
  })
  const { discovery } = options
  const found = isRecord(discovery) ? `Found by discovery, as before: \`${JSON.stringify(discovery)}\`.` : ''
  return rows.length > 0 ? `| address | weight | zone |\n|---|---|---|\n${rows.join('\n')}` : found
}

function examplePath(source: Source, service: string): string {
  const route = source.routes.find(({ to }) => to === service)
  const match = isRecord(route?.['match']) ? route['match'] : {}
  return asText(match['path'] ?? match['exactPath'] ?? match['pathPattern'], '/')
}

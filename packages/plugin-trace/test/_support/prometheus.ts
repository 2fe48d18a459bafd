/** Debian's Prometheus as a peer, where it is installed. */
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { until } from '@postern/core/testing'
import { tempFolder } from './lines.ts'

/** Whether it is there. Says so where not: what needs it is left out. */
export function hasPrometheus(): boolean {
  const { error } = spawnSync('prometheus', ['--version'])
  if (error) console.log('prometheus is not installed: what needs it as a peer is left out')
  return !error
}

/** A series of an instant query and its value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

/** A Prometheus that scrapes one address. */
export interface Prometheus extends AsyncDisposable {
  /** Result of a query, now. */
  query(promql: string): Promise<Sample[]>
  /** What it knows of each name. */
  metadata(): Promise<Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>>
  /** Its scrape target: health, and the error of the last scrape. */
  target(): Promise<{ readonly health: string; readonly lastError: string }>
}

/** Starts one that scrapes `http://<address>/metrics` every 200 ms, on a free port of 127.0.0.1 until it goes out of scope. */
export async function startPrometheus(address: string): Promise<Prometheus> {
  const folder = await tempFolder()
  const port = await freePort()
  const configuration = `global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs: [{ job_name: gateway, static_configs: [{ targets: ['${address}'] }] }]
`
  await writeFile(folder.file('prometheus.yml'), configuration)
  const child = execFile('prometheus', [
    `--config.file=${folder.file('prometheus.yml')}`,
    `--storage.tsdb.path=${folder.file('data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ])
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  const url = `http://127.0.0.1:${port}`
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`prometheus: ${errors}`)
      return fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    },
    'Prometheus to be ready',
    30_000,
  )
  async function ask<TData>(path: string): Promise<TData> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      readonly status: string
      readonly error?: string
      readonly data: TData
    }
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`)
    return answer.data
  }
  return {
    async query(promql) {
      const { result } = await ask<{
        readonly result: readonly { readonly metric: Sample['metric']; readonly value: [number, string] }[]
      }>(`query?query=${encodeURIComponent(promql)}`)
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    },
    metadata: () => ask('metadata'),
    async target() {
      const { activeTargets } = await ask<{
        readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[]
      }>('targets')
      return activeTargets[0] ?? { health: 'none', lastError: '' }
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

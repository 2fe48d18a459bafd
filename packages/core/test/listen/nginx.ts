/** nginx as a peer, where it is installed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../src/testing.ts'
import { temporaryFolder } from '../support.ts'

/** What nginx is started with. */
export interface NginxOptions {
  /** Where it listens. Default: a free port of 127.0.0.1. */
  readonly socketPath?: string
  /** What stands behind the address in `listen`: `ssl http2`. */
  readonly flags?: string
  /** Files beside its configuration, by name. */
  readonly files?: Readonly<Record<string, string>>
}

/** Starts nginx with one server. */
export async function startNginx(
  body: string,
  { socketPath, flags = '', files = {} }: NginxOptions = {},
): Promise<{ readonly port: number } & AsyncDisposable> {
  const free = createTcpServer()
  await once(free.listen(0, '127.0.0.1'), 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const own = await temporaryFolder()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${own.path}/${name};`)
    .join(' ')
  const address = socketPath === undefined ? `127.0.0.1:${port}` : `unix:${socketPath}`
  for (const [name, text] of Object.entries(files)) await writeFile(join(own.path, name), text)
  const configuration = `daemon off; master_process off; pid ${own.path}/pid; error_log stderr warn; events {}
http { access_log off; ${temporary} server { listen ${address} ${flags}; ${body} } }`
  await writeFile(join(own.path, 'nginx.conf'), configuration)
  const child = execFile('nginx', ['-p', own.path, '-c', join(own.path, 'nginx.conf')])
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nginx: ${errors}`)
    const socket = socketPath === undefined ? connect(port, '127.0.0.1') : connect(socketPath)
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }, 'nginx to listen')
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      await own[Symbol.asyncDispose]()
    },
  }
}

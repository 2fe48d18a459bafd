/** nginx as a peer, where it is installed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../src/testing.ts'
import { temporaryFolder } from '../support.ts'

/** Starts nginx with one server, on a free port of 127.0.0.1 unless told where. */
export async function startNginx(
  body: string,
  listen?: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const free = createTcpServer()
  await once(free.listen(0, '127.0.0.1'), 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const own = await temporaryFolder()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${own.path}/${name};`)
    .join(' ')
  const configuration = `daemon off; master_process off; pid ${own.path}/pid; error_log stderr warn; events {}
http { access_log off; ${temporary} server { listen ${listen ?? `127.0.0.1:${port}`}; ${body} } }`
  await writeFile(join(own.path, 'nginx.conf'), configuration)
  const child = execFile('nginx', ['-p', own.path, '-c', join(own.path, 'nginx.conf')])
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nginx: ${errors}`)
    const socket = listen === undefined ? connect(port, '127.0.0.1') : connect(listen.slice(5))
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }, 'nginx to listen')
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      await own[Symbol.asyncDispose]()
    },
  }
}

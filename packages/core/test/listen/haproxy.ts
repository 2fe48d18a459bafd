/** HAProxy as a load balancer, where it is installed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../src/testing.ts'
import { temporaryFolder } from '../support.ts'

/** Starts HAProxy on a free port of 127.0.0.1 before one server, with what stands behind the server's address. */
export async function startHaproxy(
  serverPort: number,
  serverOptions: string,
  mode: 'http' | 'tcp' = 'http',
): Promise<{ readonly port: number } & AsyncDisposable> {
  const free = createServer()
  await once(free.listen(0, '127.0.0.1'), 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const own = await temporaryFolder()
  const file = join(own.path, 'haproxy.cfg')
  const times = 'timeout connect 5s\n timeout client 10s\n timeout server 10s'
  await writeFile(
    file,
    `defaults\n mode ${mode}\n ${times}\nlisten gateway\n bind 127.0.0.1:${port}\n unique-id-format %[uuid()]\n server one 127.0.0.1:${serverPort} ${serverOptions}\n`,
  )
  // In the foreground, and quiet: its warnings are not about us.
  const child = execFile('haproxy', ['-db', '-q', '-f', file])
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`haproxy: ${errors}`)
    const socket = connect(port, '127.0.0.1')
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }, 'haproxy to listen')
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      await own[Symbol.asyncDispose]()
    },
  }
}

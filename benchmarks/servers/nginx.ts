/** nginx with one worker, connections to the upstream kept open, no access log. This process only starts and ends it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HOST } from '../scenarios.ts'
import { configuration } from './nginx-configuration.ts'
import { scenarioOf, serve, upstreamOf } from './serve.ts'

/** How often a connection is tried, 50 ms apart, before nginx counts as not started. */
const TRIES = 100

await serve(async (params) => {
  const folder = join(params.folder, 'nginx')
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const upstream = new URL(upstreamOf(params).url).host
  await writeFile(join(folder, 'nginx.conf'), configuration(scenarioOf(params), port, upstream))
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
  const nginx = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(nginx, 'exit')
  process.on('exit', () => nginx.kill())
  await accepts(port, () => nginx.exitCode === null)
  return {
    url: `http://${HOST}:${port}`,
    ...(nginx.pid === undefined ? {} : { workPid: nginx.pid }),
    close: () => {
      nginx.kill()
      return ended
    },
  }
})

/** nginx cannot choose a port by itself; this one was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function accepts(port: number, alive: () => boolean): Promise<void> {
  for (let i = 0; i < TRIES && alive(); i++) {
    const socket = connect(port, HOST)
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      delay(500, false),
    ])
    socket.destroy()
    if (connected) return
    await delay(50)
  }
  throw new Error(`nginx does not accept connections on port ${port}`)
}

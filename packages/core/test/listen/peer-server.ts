/** Servers of others that tests start as peers. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { until } from '../../src/testing.ts'
import { temporaryFolder } from '../support.ts'

/** How one is started. */
export interface PeerServerOptions {
  /** Files in its folder, by name. */
  readonly files: Readonly<Record<string, string>>
  /** What it is called with. */
  readonly args: readonly string[]
  /** Where it takes connections once it listens. */
  readonly address: NetConnectOpts
}

/** A port of 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Starts one in the foreground, with a folder of its own, until it goes out of scope. Rejects with what it wrote on
 * stderr where it ends before it listens.
 * @param options how, given its folder.
 */
export async function startPeerServer(
  program: string,
  options: (folder: string) => PeerServerOptions,
): Promise<AsyncDisposable> {
  const own = await temporaryFolder()
  const { files, args, address } = options(own.path)
  for (const [name, text] of Object.entries(files)) await writeFile(join(own.path, name), text)
  const child = execFile(program, args)
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${program}: ${errors}`)
    return takesConnections(address)
  }, `${program} to listen`)
  return {
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await own[Symbol.asyncDispose]()
    },
  }
}

function takesConnections(address: NetConnectOpts): Promise<boolean> {
  const socket = connect(address)
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

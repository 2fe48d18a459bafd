/** dnsmasq as a DNS server on loopback, where it is installed: Debian's `dnsmasq-base`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Whether it can be a peer in a test. Says so where not: such a test is left out. */
export function isDnsmasqInstalled(): boolean {
  const { error } = spawnSync('dnsmasq', ['--version'])
  if (error) console.log('dnsmasq is not installed: what needs it as a peer is left out')
  return !error
}

/** Starts it on a free port. TTLs are one second. */
export async function startDnsmasq(more: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-dns-'))
  const hosts = join(folder, 'hosts')
  await writeFile(hosts, '')
  const port = await freePort()
  const server = `127.0.0.1:${port}`
  const options = [
    '--no-daemon',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--bind-interfaces',
    '--listen-address=127.0.0.1',
    `--port=${port}`,
    `--user=${userInfo().username}`,
    '--pid-file=',
    '--local-ttl=1',
    '--neg-ttl=1',
    '--local=/test/',
    `--addn-hosts=${hosts}`,
    ...more,
  ]
  let running: ChildProcess | null = null
  const stop = async (): Promise<void> => {
    if (!running) return
    const ended = once(running, 'exit')
    running.kill()
    running = null
    await ended
  }
  const start = async (): Promise<void> => {
    running = spawn('dnsmasq', options, { stdio: 'ignore' })
    await answering(server)
  }
  await start()
  return {
    server,
    start,
    stop,
    /** Other addresses of names, as lines of `/etc/hosts`. */
    async setHosts(...lines: string[]): Promise<void> {
      await writeFile(hosts, `${lines.join('\n')}\n`)
      running?.kill('SIGHUP')
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Any answer will do, also that there is no such name. */
async function answering(server: string): Promise<void> {
  const resolver = new Resolver({ timeout: 100, tries: 1 })
  resolver.setServers([server])
  for (;;) {
    const code = await resolver
      .resolve4('none.test')
      .catch((error: unknown) => (error as NodeJS.ErrnoException).code)
    if (code === 'ENOTFOUND' || code === 'ENODATA') return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

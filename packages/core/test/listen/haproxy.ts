/** HAProxy as a load balancer, where it is installed. */
import { freePort, startPeerServer } from './peer-server.ts'

/** Starts HAProxy on a free port of 127.0.0.1 before one server, with what stands behind the server's address. */
export async function startHaproxy(
  serverPort: number,
  serverOptions: string,
  mode: 'http' | 'tcp' = 'http',
): Promise<{ readonly port: number } & AsyncDisposable> {
  const port = await freePort()
  const times = 'timeout connect 5s\n timeout client 10s\n timeout server 10s'
  const configuration = `defaults\n mode ${mode}\n ${times}\nlisten gateway\n bind 127.0.0.1:${port}\n unique-id-format %[uuid()]\n server one 127.0.0.1:${serverPort} ${serverOptions}\n`
  const server = await startPeerServer('haproxy', (folder) => ({
    files: { 'haproxy.cfg': configuration },
    // In the foreground, and quiet: its warnings are not about us.
    args: ['-db', '-q', '-f', `${folder}/haproxy.cfg`],
    address: { host: '127.0.0.1', port },
  }))
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

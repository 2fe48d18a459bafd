/** nginx as a peer, where it is installed. */
import { freePort, startPeerServer } from './peer-server.ts'

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
  const port = await freePort()
  const listen = socketPath === undefined ? `127.0.0.1:${port}` : `unix:${socketPath}`
  const server = await startPeerServer('nginx', (folder) => ({
    files: { ...files, 'nginx.conf': configurationOf(folder, `listen ${listen} ${flags}; ${body}`) },
    args: ['-p', folder, '-c', `${folder}/nginx.conf`],
    address: socketPath === undefined ? { host: '127.0.0.1', port } : { path: socketPath },
  }))
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function configurationOf(folder: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  return `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn; events {}
http { access_log off; ${temporary} server { ${server} } }`
}

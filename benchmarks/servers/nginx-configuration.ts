import { userInfo } from 'node:os'
import type { Scenario } from '../scenario.ts'
import { HOST, UPSTREAM_CONNECTIONS } from '../scenarios.ts'

/** nginx.conf for a scenario. `upstream` is host and port. */
export function configuration(scenario: Scenario, port: number, upstream: string): string {
  // A worker that gives up root could not read the private folder of the run.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : ''
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const http2 = scenario.wire === 'http2-http1' || scenario.wire === 'grpc' ? ' http2' : ''
  return `
${user}
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 2048; }
http {
  access_log off;
  ${folders.map((name) => `${name}_temp_path ${name}_temp;`).join(' ')}
  keepalive_requests 1000000000;
  keepalive_timeout 120s;
  upstream service {
    server ${upstream};
    keepalive ${UPSTREAM_CONNECTIONS};
    keepalive_requests 1000000000;
  }
  server {
    listen ${HOST}:${port}${http2};
    location / {
      ${directives(scenario).join('\n      ')}
    }
  }
}
`
}

function directives(scenario: Scenario): string[] {
  if (scenario.wire === 'grpc') return ['grpc_pass grpc://service;']
  const pass = ['proxy_pass http://service;', 'proxy_http_version 1.1;']
  if (scenario.wire === 'websocket')
    return [...pass, 'proxy_set_header Upgrade $http_upgrade;', 'proxy_set_header Connection "upgrade";']
  const keptOpen = [...pass, 'proxy_set_header Connection "";']
  return scenario.request.body === undefined ? keptOpen : [...keptOpen, ...STREAMED]
}

/** Bodies stream through memory, in pieces as large as the Node contenders read; by default they go through files. */
const STREAMED = [
  'client_max_body_size 0;',
  'client_body_buffer_size 64k;',
  'proxy_request_buffering off;',
  'proxy_buffer_size 64k;',
  'proxy_buffers 8 64k;',
  'proxy_max_temp_file_size 0;',
]

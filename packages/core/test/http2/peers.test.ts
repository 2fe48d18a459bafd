/** Peers that others wrote: curl, nghttp, h2load, nginx and undici understand the gateway, and it them. */
import { execFile } from 'node:child_process'
import { Agent, request as undiciRequest } from 'undici'
import { describe, expect, test } from 'vitest'
import { createTestGateway } from '../../src/testing.ts'
import { startNginx } from '../listen/nginx.ts'
import { isInstalled, type PeerProgram } from '../support.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import { http2Upstream } from './peers.ts'

function testWith(program: PeerProgram, name: string, run: () => Promise<void>): void {
  test.skipIf(!isInstalled(program))(`${program}: ${name}`, run)
}

function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 64_000_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${error.message}\n${stderr}`))
      else resolve(stdout + stderr)
    })
  })
}

describe('with a server of theirs or ours behind', () => {
  testWith('curl', 'prior knowledge, an upload, a large download and trailers', async () => {
    await using gateway = await createTestGateway([])
    const out = await run(
      'curl',
      '-sS',
      '--http2-prior-knowledge',
      '-w',
      '\n%{http_version} %{http_code}',
      '-d',
      'hello',
      `${gateway.url}/p`,
    )
    expect(out).toMatch(/"body":"hello"/)
    expect(out).toMatch(/2 200$/)
    gateway.upstream.behave({ kind: 'answer', body: Buffer.alloc(20_000_000, 'x') })
    const size = await run(
      'curl',
      '-sS',
      '--http2-prior-knowledge',
      '-o',
      '/dev/null',
      '-w',
      '%{size_download}',
      gateway.url,
    )
    expect(size).toBe('20000000')
  })

  testWith('curl', 'a body without a length, from an HTTP/2 upstream', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      stream.end(Buffer.alloc(5_000_000, 'x'))
    })
    await using gateway = await createTestGateway([], { upstream: upstream.options })
    for (const version of ['--http2-prior-knowledge', '--http1.1']) {
      const size = await run('curl', '-sS', version, '-o', '/dev/null', '-w', '%{size_download}', gateway.url)
      expect(size).toBe('5000000')
    }
  })

  testWith('curl', 'a response that is cut is an error', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      stream.write('half', () => stream.destroy())
    })
    await using gateway = await createTestGateway([], { upstream: upstream.options })
    await expect(run('curl', '-sS', '--http2-prior-knowledge', gateway.url)).rejects.toThrow(
      /\(92\)|INTERNAL_ERROR/,
    )
    await expect(run('curl', '-sS', '--http1.1', gateway.url)).rejects.toThrow(/\(18\)|\(56\)/)
  })

  testWith('curl', 'Upgrade: h2c is ignored', async () => {
    await using gateway = await createTestGateway([])
    const out = await run('curl', '-sS', '--http2', '-w', '\n%{http_version} %{http_code}', gateway.url)
    expect(out).toMatch(/1\.1 200$/)
    expect(Object.keys(gateway.upstream.requests[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining(['upgrade']),
    )
    expect(gateway.upstream.requests[0]?.headers['http2-settings']).toBeUndefined()
  })

  testWith('curl', 'TLS and ALPN choose the version', async () => {
    await using gateway = await createTestGateway([])
    const tls = serverCertificate()
    const { url } = await gateway.gateway.listen({ port: 0, tls })
    const { url: only1 } = await gateway.gateway.listen({ port: 0, tls, protocols: ['http1'] })
    const { url: only2 } = await gateway.gateway.listen({ port: 0, tls, protocols: ['http2'] })
    const versions = (at: string, ...args: string[]) =>
      run('curl', '-sSk', ...args, '-o', '/dev/null', '-w', '%{http_version} %{http_code}', at)
    expect(await versions(url, '--http2')).toBe('2 200')
    expect(await versions(url, '--http1.1')).toBe('1.1 200')
    expect(await versions(only1, '--http2')).toBe('1.1 200')
    expect(await versions(only2, '--http2')).toBe('2 200')
    await expect(versions(only2, '--http1.1')).rejects.toThrow()
  })

  testWith('nghttp', 'finds no fault with settings, headers and trailers', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.write('body')
          response.addTrailers({ 'x-sum': '1' })
          response.end()
        },
      },
    )
    const out = await run('nghttp', '-v', `${gateway.url}/`)
    expect(out).toMatch(/:status.*: 200/)
    expect(out).toMatch(/x-sum.*: 1/)
    expect(out).not.toMatch(/PROTOCOL_ERROR|\[ERROR\]|INTERNAL_ERROR/)
  })

  testWith('h2load', '2000 requests on 4 connections of 50 streams, both legs HTTP/2', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      stream.end('x'.repeat(1_000))
    })
    await using gateway = await createTestGateway([], { upstream: upstream.options })
    const out = await run('h2load', '-n', '2000', '-c', '4', '-m', '50', gateway.url)
    expect(out).toMatch(/2000 succeeded, 0 failed, 0 errored/)
    expect(out).toMatch(/status codes: 2000 2xx/)
    await gateway.finished(2_000)
    expect(gateway.gateway.stats().inFlight).toBe(0)
  })

  testWith('nginx', 'as a client in front (HTTP/1.1) and as a server behind (h2c)', async () => {
    await using back = await startNginx(
      'location / { return 200 "nginx behind $server_protocol $request_uri"; }',
      { flags: 'http2' },
    )
    await using gateway = await createTestGateway([], {
      upstream: { url: `http://127.0.0.1:${back.port}`, protocol: 'http2' },
    })
    await using front = await startNginx(
      `location / { proxy_pass http://127.0.0.1:${gateway.port}; proxy_http_version 1.1; }`,
    )
    const answer = async (): Promise<string> => (await fetch(`http://127.0.0.1:${front.port}/x?y=1`)).text()
    expect(await answer()).toBe('nginx behind HTTP/2.0 /x?y=1')
    const all = await Promise.all(Array.from({ length: 50 }, answer))
    expect(new Set(all)).toEqual(new Set(['nginx behind HTTP/2.0 /x?y=1']))
  })

  test('undici (allowH2) over TLS', async () => {
    await using gateway = await createTestGateway([])
    const tls = serverCertificate()
    const { url } = await gateway.gateway.listen({ port: 0, tls })
    const dispatcher = new Agent({ allowH2: true, connect: { ca: serverAuthority.cert } })
    try {
      const all = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const { statusCode, body } = await undiciRequest(`${url}/${i}`, {
            dispatcher,
            method: 'POST',
            body: `b${i}`,
          })
          return [statusCode, ((await body.json()) as { body: string }).body]
        }),
      )
      expect(all).toEqual(Array.from({ length: 50 }, (_, i) => [200, `b${i}`]))
      expect(gateway.exchanges.every(({ httpVersion }) => httpVersion === '2.0')).toBe(true)
    } finally {
      await dispatcher.close()
    }
  })
})

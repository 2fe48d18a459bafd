import type { Endpoint, EndpointOptions, Exchange } from '@postern/core'
import { describe, expect, it } from 'vitest'
import type { ServiceHost } from '../src/discovery/following.ts'
import type { ServiceOptions } from '../src/index.ts'
import { defineServices } from '../src/services.ts'

/** The endpoints that a service defines, and how it picks for callers with these names. */
function define(orders: ServiceOptions) {
  const defined: { url: string; options: EndpointOptions | undefined }[] = []
  const endpoint = (url: string, options?: EndpointOptions): Endpoint => {
    defined.push({ url, options })
    return { url, inFlight: 0, sinceMs: 0, service: options?.socketPath ?? '' } as Endpoint
  }
  const host = { endpoint, keep: (_, make) => make() } as Partial<ServiceHost> as ServiceHost
  const service = defineServices(host, { services: { orders }, routes: [] }).get('orders')
  if (!service) throw new Error('The service is not defined')
  const pick = (caller: string): Endpoint =>
    service.pick({ route: null, attempt: null, caller } as Exchange) as Endpoint
  return { defined, service, pick }
}

describe('a service', () => {
  it('tells the gateway what a connection needs, and nothing of balancing', () => {
    const { defined } = define({
      protocol: 'http2',
      endpoints: ['http://a', { url: 'http://b', weight: 2, zone: 'x', protocol: 'http1' }],
    })
    expect(defined).toEqual([
      { url: 'http://a', options: { service: 'orders', protocol: 'http2', tls: undefined } },
      { url: 'http://b', options: { service: 'orders', protocol: 'http1', tls: undefined } },
    ])
  })

  it('does not define what is drained: with one endpoint left there is nothing to balance', () => {
    const { defined, service } = define({ endpoints: [{ url: 'http://a', weight: 0 }, 'http://b'] })
    expect(defined.map(({ url }) => url)).toEqual(['http://b'])
    expect(service.members.map(({ endpoint }) => endpoint.url)).toEqual(['http://b'])
  })

  it('refuses a drained address that cannot be one all the same', () => {
    expect(() => define({ endpoints: [{ url: 'ftp://a', weight: 0 }, 'http://b'] })).toThrow('found ftp://')
  })

  it('hashes keys to all of its unix sockets, though their URL is the same', () => {
    const { pick } = define({
      balance: { hash: 'caller' },
      endpoints: ['/run/a', '/run/b', '/run/c'].map((socketPath) => ({ url: 'http://orders', socketPath })),
    })
    const used = new Set(Array.from({ length: 100 }, (_, i) => pick(`caller-${i}`).service))
    expect([...used].sort()).toEqual(['/run/a', '/run/b', '/run/c'])
  })

  it('hashes the same wherever a spelling of an address is the same', () => {
    const place = (...urls: string[]): string[] => {
      const { pick } = define({ balance: { hash: 'caller' }, endpoints: urls })
      return Array.from({ length: 50 }, (_, i) => new URL(pick(`caller-${i}`).url).host)
    }
    expect(place('http://A:80/', 'http://b')).toEqual(place('http://a', 'http://B/'))
  })
})

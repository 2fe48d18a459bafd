import { createGateway } from '@postern/core'
import { expect, it } from 'vitest'
import { routing } from '../../src/index.ts'

const start = (health: unknown) => {
  const orders = { endpoints: ['http://127.0.0.1:1'], health: health as object }
  return createGateway([routing({ services: { orders }, routes: [{ match: {}, to: 'orders' }] })], {
    logger: false,
  })
}

it.each<[string, unknown, string]>([
  ['a threshold above 1', { panicThreshold: 2 }, 'services.orders.health.panicThreshold'],
  ['a share of nothing', { passive: { failureRate: { threshold: 0 } } }, 'failureRate.threshold'],
  ['a status that is none', { active: { path: '/', expectStatus: [42] } }, 'health.active.expectStatus'],
  ['checks without a path', { active: { intervalMs: 5 } }, 'health.active.path'],
  ['a path with a line break', { active: { path: '/a\r\nb: c' } }, 'Expected a path such as /healthz'],
  ['a header with a line break', { active: { path: '/', headers: { a: '1\r\nb: 2' } } }, 'Expected visible'],
  ['checks at every moment', { active: { path: '/', intervalMs: 0 } }, 'health.active.intervalMs'],
  ['a key that nobody knows', { passive: { consecutiveFailure: 3 } }, 'consecutiveFailures'],
])('%s is refused, with its place', (_, health, problem) => {
  expect(() => start(health)).toThrow(problem)
})

it('what the options say of health is accepted', async () => {
  const passive = { consecutiveFailures: 0, failureRate: { threshold: 1, windowMs: 100, minRequests: 1 } }
  const active = {
    path: '/healthz?full',
    headers: { 'x-a': 'b' },
    expectStatus: [200, 204],
    expectBody: 'ok',
  }
  await start({ passive, active, panicThreshold: 0 }).close()
})

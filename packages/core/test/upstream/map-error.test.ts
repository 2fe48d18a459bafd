/** Failures of the system that no test can bring about: minutes of silence on the wire, no descriptors, no ports. */
import { expect, test } from 'vitest'
import { mapUpstreamError } from '../../src/upstream/map-error.ts'

const failure = (code: string, syscall?: string): Error => Object.assign(new Error(code), { code, syscall })

test.each([
  ['ETIMEDOUT', 'connect', 'GW_UPSTREAM_CONNECT_TIMEOUT'],
  ['ETIMEDOUT', undefined, 'GW_UPSTREAM_CONNECT_TIMEOUT'],
  // Told apart for retries: the request may have arrived.
  ['ETIMEDOUT', 'read', 'GW_UPSTREAM_RESET'],
  ['ETIMEDOUT', 'write', 'GW_UPSTREAM_RESET'],
  ['EMFILE', 'connect', 'GW_UPSTREAM_CONNECT_REFUSED'],
  ['EAGAIN', 'connect', 'GW_UPSTREAM_CONNECT_REFUSED'],
  ['ECONNRESET', 'read', 'GW_UPSTREAM_RESET'],
])('%s of %s is %s', (code, syscall, expected) => {
  expect(mapUpstreamError(failure(code, syscall), 'http://a', false).code).toBe(expected)
})

test('of several addresses the first one says what happened', () => {
  const several = new AggregateError([failure('EACCES', 'connect'), failure('ETIMEDOUT', 'read')])
  expect(mapUpstreamError(several, 'http://a', false).code).toBe('GW_UPSTREAM_CONNECT_REFUSED')
})

test('in the middle of an answer it is a body that was cut', () => {
  expect(mapUpstreamError(failure('ETIMEDOUT', 'read'), 'http://a', true).code).toBe('GW_UPSTREAM_BODY_CUT')
})

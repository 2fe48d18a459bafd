import { describe, expect, it } from 'vitest'
import { checkTracestate } from '../../src/propagation/tracestate.ts'

const members = (count: number, value = '1') =>
  Array.from({ length: count }, (_, i) => `k${i}=${value}`).join(',')

describe('a tracestate passes as it is', () => {
  it.each([
    ['with one member', 'rojo=00f067aa0ba902b7'],
    ['with several', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['with spaces and tabs around members', 'rojo=1 , \tcongo=2'],
    ['with empty members', 'rojo=1,,congo=2,'],
    ['with a tenant in the key', 'fw529a3039@dt=FfeQ'],
    ['with a key that starts with a digit', '0a=1'],
    ['with every character that a key may have', 'a_-*/@9=1'],
    ['with spaces inside a value', 'a=1 2'],
    ['with a repeated key, which is for its owner to sort out', 'a=1,a=2'],
    ['with a key of 256 characters', `${'k'.repeat(256)}=1`],
    ['with a value of 256 characters', `k=${'v'.repeat(256)}`],
    ['with 32 members', members(32)],
  ])('%s', (_, value) => {
    expect(checkTracestate(value)).toBe(value)
  })
})

describe('a tracestate is dropped', () => {
  it.each([
    ['when it is empty', ''],
    ['when it has empty members only', ' , ,'],
    ['with 33 members', members(33)],
    ['with an upper-case key', 'Foo=1'],
    ['with a key of 257 characters', `${'k'.repeat(257)}=1`],
    ['with a value of 257 characters', `k=${'v'.repeat(257)}`],
    ['with an empty key', '=1'],
    ['with an empty value', 'a='],
    ['without an equals sign', 'a'],
    ['with two of them', 'a=1=2'],
    ['with a character outside ASCII', 'a=ü'],
    ['when one member of several cannot be read', 'a=1,b,c=3'],
  ])('%s', (_, value) => {
    expect(checkTracestate(value)).toBeUndefined()
  })
})

describe('a tracestate above 512 characters is shortened by whole members', () => {
  it('long members go first', () => {
    const long = `long=${'x'.repeat(200)}`
    const value = `a=1,${long},${members(20, 'y'.repeat(14))}`
    expect(value.length).toBeGreaterThan(512)
    expect(checkTracestate(value)).toBe(`a=1,${members(20, 'y'.repeat(14))}`)
  })

  it('then those at the end, the oldest', () => {
    const all = members(30, 'y'.repeat(20))
    const kept = checkTracestate(all)
    expect(kept?.length).toBeLessThanOrEqual(512)
    expect(all.startsWith(`${kept},`)).toBe(true)
    expect((kept?.length ?? 0) + 1 + 'k29='.length + 20).toBeGreaterThan(512)
  })

  it('exactly 512 characters stay', () => {
    const value = `a=${'x'.repeat(255)},b=${'y'.repeat(252)}`
    expect(value).toHaveLength(512)
    expect(checkTracestate(value)).toBe(value)
  })
})

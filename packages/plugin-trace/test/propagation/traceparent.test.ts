import { describe, expect, it } from 'vitest'
import { formatTraceparent, parseTraceparent } from '../../src/propagation/traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const VALID = `00-${TRACE}-${SPAN}-01`

describe('a traceparent is read', () => {
  it.each([
    ['of version 00, sampled', VALID, 0x01],
    ['of version 00, not sampled', `00-${TRACE}-${SPAN}-00`, 0x00],
    ['with the random flag', `00-${TRACE}-${SPAN}-03`, 0x03],
    ['with flags that nobody knows yet', `00-${TRACE}-${SPAN}-fd`, 0xfd],
    ['of a later version of the same length', `01-${TRACE}-${SPAN}-01`, 0x01],
    ['of a later version with more fields', `cc-${TRACE}-${SPAN}-01-what-the-future-brings`, 0x01],
    ['of a later version with an empty further field', `fe-${TRACE}-${SPAN}-00-`, 0x00],
    ['of a later version, whose other flags mean something else', `01-${TRACE}-${SPAN}-ff`, 0x01],
    ['with ids of few digits that are not zero', `00-${'0'.repeat(31)}1-${'0'.repeat(15)}a-00`, 0x00],
  ])('%s', (_, value, flags) => {
    expect(parseTraceparent(value)).toEqual({
      traceId: value.slice(3, 35),
      spanId: value.slice(36, 52),
      flags,
    })
  })
})

describe('a traceparent is refused', () => {
  it.each([
    ['empty', ''],
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['of version ff with more fields', `ff-${TRACE}-${SPAN}-01-x`],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['with an upper-case trace id', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with an upper-case span id', `00-${TRACE}-${SPAN.toUpperCase()}-01`],
    ['with upper-case flags', `00-${TRACE}-${SPAN}-0A`],
    ['with an upper-case version', `CC-${TRACE}-${SPAN}-01`],
    ['with a version that is no number', `0x-${TRACE}-${SPAN}-01`],
    ['with flags that are no number', `00-${TRACE}-${SPAN}-0g`],
    ['with a trace id that is no number', `00-.bf92f3577b34da6a3ce929d0e0e4736-${SPAN}-01`],
    ['with a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['with a long trace id', `00-${TRACE}0-${SPAN}-01`],
    ['with a short span id', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['with short flags', `00-${TRACE}-${SPAN}-1`],
    ['without flags', `00-${TRACE}-${SPAN}`],
    ['of version 00 with more fields', `${VALID}-x`],
    ['of version 00 with a dash at its end', `${VALID}-`],
    ['of a later version that goes on without a dash', `01-${TRACE}-${SPAN}-01x`],
    ['of a later version with three digits of flags', `01-${TRACE}-${SPAN}-011`],
    ['with other separators', VALID.replaceAll('-', '_')],
    ['with a space in front', ` ${VALID}`],
    ['that is two joined by a comma', `${VALID},${VALID}`],
  ])('%s', (_, value) => {
    expect(parseTraceparent(value)).toBeUndefined()
  })
})

it('writes what it reads, flags included', () => {
  for (let flags = 0; flags < 256; flags++) {
    const text = formatTraceparent(TRACE, SPAN, flags)
    expect(text).toHaveLength(55)
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, flags })
  }
})

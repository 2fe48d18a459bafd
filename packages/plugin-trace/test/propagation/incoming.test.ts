import { describe, expect, it } from 'vitest'
import { NOTHING, readIncoming } from '../../src/propagation/incoming.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const VALID = `00-${TRACE}-00f067aa0ba902b7-01`

describe('the trace context of a request', () => {
  it('is read whatever the case of its names', () => {
    const read = readIncoming(['Host', 'a', 'TraceParent', VALID, 'TRACESTATE', 'a=1'])
    expect(read.parent?.traceId).toBe(TRACE)
    expect(read).toMatchObject({ state: 'a=1', stateStands: true })
  })

  it('starts anew without a traceparent', () => {
    expect(readIncoming(['accept', '*/*'])).toEqual(NOTHING)
  })

  it('starts anew with several traceparent lines, even equal ones, and drops their tracestate', () => {
    const read = readIncoming(['traceparent', VALID, 'traceparent', VALID, 'tracestate', 'a=1'])
    expect(read).toEqual({ ...NOTHING, stateStands: false })
  })

  it('drops a tracestate that comes without a valid traceparent', () => {
    expect(readIncoming(['tracestate', 'a=1'])).toMatchObject({ state: undefined, stateStands: false })
    expect(readIncoming(['traceparent', 'x', 'tracestate', 'a=1'])).toMatchObject({
      state: undefined,
      stateStands: false,
    })
  })

  it('joins several tracestate lines in their order', () => {
    const read = readIncoming([
      'tracestate',
      'a=1,b=2',
      'traceparent',
      VALID,
      'tracestate',
      '',
      'Tracestate',
      'c=3',
    ])
    expect(read).toMatchObject({ state: 'a=1,b=2,,c=3', stateStands: false })
  })

  it('goes on without a tracestate that cannot be read', () => {
    const read = readIncoming(['traceparent', VALID, 'tracestate', 'A=1'])
    expect(read.parent?.traceId).toBe(TRACE)
    expect(read).toMatchObject({ state: undefined, stateStands: false })
  })

  it('leaves other headers of the same length alone', () => {
    expect(readIncoming(['x-forwarded', VALID, 'user-agent', 'a=1']).parent).toBeUndefined()
  })
})

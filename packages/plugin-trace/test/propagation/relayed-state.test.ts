import { describe, expect, it } from 'vitest'
import { RelayedState } from '../../src/propagation/relayed-state.ts'

describe('a tracestate in the hands of a sampler', () => {
  const state = new RelayedState('rojo=1, congo=2')

  it('is the text as it came while nobody changes it', () => {
    expect(state.serialize()).toBe('rojo=1, congo=2')
  })

  it('tells the value of a key', () => {
    expect(state.get('congo')).toBe('2')
    expect(state.get('con')).toBeUndefined()
  })

  it('gets a new or changed member in front', () => {
    expect(state.set('ot', 'th:8').serialize()).toBe('ot=th:8,rojo=1,congo=2')
    expect(state.set('congo', '3').serialize()).toBe('congo=3,rojo=1')
    expect(state.serialize()).toBe('rojo=1, congo=2')
  })

  it('loses a member', () => {
    expect(state.unset('rojo').serialize()).toBe('congo=2')
    expect(state.unset('rojo').unset('congo').serialize()).toBe('')
  })

  it('stays as it is when the change is not a valid member', () => {
    expect(state.set('Not Valid', '1').serialize()).toBe('rojo=1, congo=2')
  })
})

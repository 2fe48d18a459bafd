import { describe, expect, it } from 'vitest'
import { Secrets } from '../src/config/secrets.ts'

const secretsOf = (env: NodeJS.ProcessEnv): Secrets => {
  const secrets = new Secrets('.', env)
  for (const name of Object.keys(env)) secrets.replace({ env: name }, [name])
  return secrets
}

describe('what is printed', () => {
  it('names a secret by its origin wherever its value would stand', () => {
    const { redact } = secretsOf({ TOKEN: 'abcdef' })
    expect(redact('Received "abcdef", not abcdefg')).toBe('Received "{ env: TOKEN }", not { env: TOKEN }g')
  })

  it('hides the longer of two secrets whole when one is a part of the other', () => {
    const { redact } = secretsOf({ SHORT: 'abc', LONG: 'abcdef' })
    expect(redact('abcdef abc')).toBe('{ env: LONG } { env: SHORT }')
  })

  it('hides one line of a key of many lines, and the form that JSON gives it', () => {
    const { redact } = secretsOf({ KEY: '-----BEGIN-----\nMIIBVwIBADANBg\n-----END-----' })
    expect(redact('bad line MIIBVwIBADANBg')).toBe('bad line { env: KEY }')
    expect(redact(String.raw`"-----BEGIN-----\nMIIBVwIBADANBg\n-----END-----"`)).toBe('"{ env: KEY }"')
  })

  it('does not tear a text apart for a secret of one letter', () => {
    const { redact } = secretsOf({ ONE: 'a' })
    expect(redact('a bad value "a"')).toBe('a bad value { env: ONE }')
  })
})

describe('what is a reference', () => {
  const secrets = new Secrets('.', { NAME: 'value' })
  it.each([
    [{ env: 'NAME' }, 'value'],
    [[{ deep: { env: 'NAME' } }], [{ deep: 'value' }]],
    [
      { env: 'NAME', other: 1 },
      { env: 'NAME', other: 1 },
    ],
    [{ env: 5 }, { env: 5 }],
    ['env', 'env'],
    [null, null],
  ])('%j becomes %j', (given, expected) => {
    expect(secrets.replace(given, [])).toEqual(expected)
  })

  it('an instance of a class stays the same object', () => {
    const key = new URL('http://127.0.0.1')
    expect(secrets.replace({ key }, [])).toEqual({ key })
  })

  it('an empty variable is as good as none', () => {
    const empty = new Secrets('.', { NAME: '' })
    empty.replace({ env: 'NAME' }, ['text'])
    expect(empty.issues).toEqual([{ path: ['text'], message: 'The environment variable NAME is empty' }])
  })
})

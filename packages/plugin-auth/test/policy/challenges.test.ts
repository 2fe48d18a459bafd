import { describe, expect, it } from 'vitest'
import { Challenges } from '../../src/challenge.ts'
import { AUTH_ERRORS, type AuthErrorCode } from '../../src/errors.ts'
import { rejection } from '../../src/rejection.ts'

const refused = (code: AuthErrorCode, isToken: boolean, schemes = ['Bearer', 'Basic'], realm?: string) =>
  new Challenges(realm, schemes)
    .refuse(rejection(code, 'why'), isToken)
    .headers.filter((_, place) => place % 2 === 1)

describe('a challenge for each way in which a caller may prove who it is', () => {
  it('says nothing of an error when no credentials came', () => {
    expect(refused('GW_AUTH_TOKEN_MISSING', false)).toEqual([
      'Bearer',
      'Basic realm="gateway", charset="UTF-8"',
    ])
    expect(refused('GW_AUTH_TOKEN_MISSING', false, ['Bearer', 'ApiKey'], 'internal')).toEqual([
      'Bearer realm="internal"',
      'ApiKey realm="internal"',
    ])
  })

  it('says what is wrong with a bearer token, and only with one', () => {
    expect(refused('GW_AUTH_TOKEN_EXPIRED', true)).toEqual([
      'Bearer error="invalid_token", error_description="The token has expired."',
      'Basic realm="gateway", charset="UTF-8"',
    ])
    expect(refused('GW_AUTH_CREDENTIALS_INVALID', false)).toEqual([
      'Bearer',
      'Basic realm="gateway", charset="UTF-8"',
    ])
    expect(refused('GW_AUTH_REQUEST_INVALID', true)).toEqual([
      'Bearer error="invalid_request", error_description="The credentials are repeated or malformed."',
    ])
  })

  it('has no word of Bearer where none is accepted', () => {
    for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[])
      for (const isToken of [true, false])
        expect(refused(code, isToken, ['Basic']).join()).not.toContain('Bearer')
  })

  it('is on every 401, and on no 503', () => {
    for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[]) {
      const { headers, status } = new Challenges(undefined, ['ApiKey']).refuse(rejection(code, 'why'), true)
      if (status === 401) expect(headers).toEqual(['www-authenticate', 'ApiKey'])
      if (status === 503) expect(headers).toEqual(['retry-after', '1'])
    }
  })
})

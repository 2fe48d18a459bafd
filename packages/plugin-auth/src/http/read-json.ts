import { isUnambiguous } from '../verify/json-form.ts'

/**
 * Reads the JSON of an answer.
 * @throws {Error} when it is none, names a member of an object twice or is nested too deep: without any part of it.
 */
export function readJson(body: Buffer): unknown {
  const text = body.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('the answer is not JSON')
  }
  if (!isUnambiguous(text)) throw new Error('the answer names a member twice, or is nested too deep')
  return value
}

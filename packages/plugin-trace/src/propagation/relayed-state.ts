import type { TraceState } from '@opentelemetry/api'
import { checkTracestate } from './tracestate.ts'

/** A caller's `tracestate` as the API wants it: the text as it came, until a sampler asks for a changed one. */
export class RelayedState implements TraceState {
  readonly #text: string

  /** @param text a list that `checkTracestate` passed. */
  constructor(text: string) {
    this.#text = text
  }

  /** The list as a header value. */
  serialize(): string {
    return this.#text
  }

  /** Value of a key. */
  get(key: string): string | undefined {
    const member = this.#members().find((candidate) => keyOf(candidate) === key)
    return member?.slice(key.length + 1)
  }

  /** A list in which the key has the value, in front (section 3.5); the same one where that is not allowed. */
  set(key: string, value: string): RelayedState {
    const changed = checkTracestate([`${key}=${value}`, ...this.#without(key)].join(','))
    return changed === undefined ? this : new RelayedState(changed)
  }

  /** A list without the key. */
  unset(key: string): RelayedState {
    return new RelayedState(this.#without(key).join(','))
  }

  #without(key: string): string[] {
    return this.#members().filter((member) => keyOf(member) !== key)
  }

  #members(): string[] {
    return this.#text.split(',').flatMap((member) => member.trim() || [])
  }
}

function keyOf(member: string): string {
  return member.slice(0, member.indexOf('='))
}

/** What several commands say and read alike on the command line: the configuration, URLs, headers, lists. */
import { InvalidArgumentError } from 'commander'

/** The configuration that a command is about. */
export const CONFIG_OPTION = [
  '-c, --config <file>',
  'configuration file (default: gateway.yaml, .yml, .json, .ts, .mts, .js or .mjs in this folder)',
] as const

/** An address of HTTP. */
export function toUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('Expected a URL such as http://127.0.0.1:8080.')
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('Expected a URL without user and password.')
  return url.href.replace(/\/$/, '')
}

/** Collects headers, `name: value`. */
export function toHeader(text: string, known: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Expected a header such as "accept: application/json".')
  return { ...known, [name.toLowerCase()]: value }
}

/** Collects the values of an option that may be given several times. */
export function toList(text: string, known: readonly string[] = []): string[] {
  return [...known, text]
}

/** A port; 0 for a free one. */
export function toPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Expected a number from 0 to 65535.')
  return port
}

/** Data as a TypeScript literal. References to secrets become calls that read them where the code runs. */
import { isRecord } from '../config/validate.ts'

/** What the references in a literal need: the module imports it. */
export interface Referred {
  readonly env: Set<string>
  readonly file: Set<string>
}

/** An expression that stands as it is. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The literal, as one would write it by hand. @param indent of the line that it begins on. */
export function literal(value: unknown, referred: Referred, indent = ''): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Code) return value.text
  if (value instanceof Date) return quote(value.toISOString())
  const reference = referenceIn(value)
  if (reference) {
    referred[reference.kind].add(reference.name)
    return `${reference.kind === 'env' ? 'fromEnv' : 'fromFile'}(${quote(reference.name)})`
  }
  const inner = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((item) => literal(item, referred, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(
          ([key, item]) =>
            `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)}: ${literal(item, referred, inner)}`,
        )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (parts.length === 0) return open + close
  const line = Array.isArray(value) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`
  if (line.length + indent.length <= 90 && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`
}

/** `{ env: NAME }` or `{ file: path }`, by the same rule as in a configuration file. */
function referenceIn(value: object): { readonly kind: 'env' | 'file'; readonly name: string } | undefined {
  const [first, ...others] = isRecord(value) ? Object.entries(value) : []
  if (!first || others.length > 0 || typeof first[1] !== 'string' || first[1] === '') return undefined
  return first[0] === 'env' || first[0] === 'file' ? { kind: first[0], name: first[1] } : undefined
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

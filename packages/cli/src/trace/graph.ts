/** Who calls whom, as text that tools draw. */
import type { TrafficEdge } from '@postern/plugin-trace/reconstruct'
import { ms, printable } from './text.ts'

/** A flowchart for Mermaid, which Markdown viewers draw. */
export function mermaid(edges: readonly TrafficEdge[]): string {
  const nodes = nodesOf(edges)
  const lines = edges.map(
    (edge) => `  ${nodes.get(edge.caller)} -->|"${mermaidText(labelOf(edge))}"| ${nodes.get(edge.callee)}`,
  )
  const names = Array.from(nodes, ([name, id]) => `  ${id}["${mermaidText(name)}"]`)
  return ['flowchart LR', ...names, ...lines].join('\n')
}

/** A graph for Graphviz. */
export function dot(edges: readonly TrafficEdge[]): string {
  const lines = edges.map(
    (edge) =>
      `  ${dotText(edge.caller)} -> ${dotText(edge.callee)} [label=${dotText(labelOf(edge))}${edge.errorShare >= 0.05 ? ', color=red' : ''}];`,
  )
  return ['digraph edges {', '  rankdir=LR;', '  node [shape=box];', ...lines, '}'].join('\n')
}

function labelOf({ route, perSecond, errorShare, p95Ms, auth }: TrafficEdge): string {
  return [
    route,
    `${rate(perSecond)}/s`,
    errorShare > 0 ? `${percent(errorShare)} errors` : '',
    p95Ms === undefined ? '' : `p95 ${ms(p95Ms)} ms`,
    auth.join('+'),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** Calls per second: as many digits as mean something. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(2)
}

/** A share as a percentage, never 0 when there is any. */
export function percent(share: number): string {
  if (share === 0) return '0 %'
  return share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`
}

/** Ids of our own: a name may be a keyword of the language. */
function nodesOf(edges: readonly TrafficEdge[]): Map<string, string> {
  const names = new Set(edges.flatMap(({ caller, callee }) => [caller, callee]))
  return new Map(Array.from(names, (name, index) => [name, `n${index + 1}`]))
}

/** Within quotes, where only what ends them, begins markup or another line has a meaning. */
function mermaidText(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,:/_()+%@*{}-]/gu, (character) => `#${character.codePointAt(0)};`)
}

function dotText(text: string): string {
  // A backslash begins an escape of Graphviz (`\N`, `\l`); control characters have no place in a label.
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

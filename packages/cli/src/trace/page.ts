/** A trace as one page of HTML that needs nothing else: no script, no font, no address to call. */
import type { TraceNode, TraceTree } from '@postern/plugin-trace/reconstruct'
import { nameOf, placeOf, remarksOf, requestOf, summaryOf } from './describe.ts'
import type { Library } from './library.ts'
import { moment, ms, printable } from './text.ts'

/** The whole page. */
export function tracePage(tree: TraceTree, library: Library): string {
  const rows = Array.from(library.walkTrace(tree.roots), ({ node, depth }) => row(node, depth, tree, library))
  const facts = [
    moment(tree.startMs),
    tree.durationMs === undefined ? '' : `${ms(tree.durationMs)} ms`,
    summaryOf(tree),
  ]
  const notes = tree.notes.map((note) => `<li>${escaped(note)}</li>`).join('')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Trace ${escaped(tree.traceId)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Trace <code>${escaped(tree.traceId)}</code></h1>
<p>${escaped(facts.filter((fact) => fact !== '').join(' · '))}</p>
${notes === '' ? '' : `<section aria-labelledby="notes"><h2 id="notes">What to know first</h2><ul class="notes">${notes}</ul></section>`}
<div class="scroll" role="region" aria-label="Exchanges" tabindex="0">
<table>
<caption>Exchanges, a caller above those that it called</caption>
<thead><tr>
<th scope="col">Service</th><th scope="col">Request</th><th scope="col">Status</th><th scope="col" class="time">Time</th>
<th scope="col">Total ms</th><th scope="col">Gateway ms</th><th scope="col">Upstream ms</th><th scope="col">Remarks</th>
</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>
</main>
</body>
</html>
`
}

function row(node: TraceNode, depth: number, tree: TraceTree, library: Library): string {
  const { record, kind } = node
  const status = record?.status
  const total = record?.durationMs ?? (node.endMs ?? 0) - (node.startMs ?? 0)
  const remarks = remarksOf(node).map(({ text, isError }) =>
    isError ? `<strong class="bad">${escaped(text)}</strong>` : escaped(text),
  )
  // Level in words as well: blanks before a name are not read aloud.
  const level = `<span class="hidden">level ${depth + 1}: </span>`
  return `<tr class="${kind}">
<th scope="row" style="padding-left:${(0.5 + Math.min(depth, 40) * 1.25).toFixed(2)}rem">${level}${escaped(nameOf(node, library))}${details(node)}</th>
<td><code>${escaped(requestOf(node))}</code></td>
<td class="${statusClass(status)}">${status === undefined ? '' : escaped(String(status))}</td>
<td class="time">${bar(node, tree)}</td>
<td class="number">${node.startMs === undefined ? '' : ms(total)}</td><td class="number">${ms(record?.gatewayMs)}</td><td class="number">${ms(record?.upstreamMs)}</td>
<td>${remarks.join(' · ')}</td>
</tr>`
}

function bar(node: TraceNode, tree: TraceTree): string {
  const place = placeOf(node, tree)
  if (!place || tree.startMs === undefined || node.startMs === undefined || node.endMs === undefined)
    return ''
  const left = clamp(place.from * 100)
  const width = Math.max(0.4, clamp(place.to * 100) - left)
  const words = `from ${ms(node.startMs - tree.startMs)} to ${ms(node.endMs - tree.startMs)} ms`
  const bad = (node.record?.status ?? 0) >= 500 ? ' badbar' : ''
  return `<div class="track" role="img" aria-label="${words}" title="${words}"><div class="bar${bad}" style="margin-left:${Math.min(left, 99.6).toFixed(2)}%;width:${width.toFixed(2)}%"></div></div>`
}

/** Everything that is known, for whoever wants to know it. */
function details({ record, spanId }: TraceNode): string {
  if (!record) return ''
  const terms = Object.entries({ ...record, spanId })
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `<dt>${escaped(key)}</dt><dd>${escaped(String(value))}</dd>`)
  return `<details><summary>fields</summary><dl>${terms.join('')}</dl></details>`
}

function statusClass(status: number | undefined): string {
  if (status === undefined || status < 400) return 'number'
  return status >= 500 ? 'number bad' : 'number warn'
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of a log never becomes markup, nor turns the direction of what stands beside it. */
function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--soft:#5b636e;--line:#d5dae0;--bar:#2868b0;--bad:#b3261e;--warn:#8a5300;--track:#eef1f4}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--soft:#a3abb5;--line:#343a42;--bar:#6aa7e8;--bad:#ff8a80;--warn:#f0b429;--track:#22272e}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:100rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:1rem 0 .25rem}
code{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}
.scroll{overflow-x:auto}.notes{margin:0;padding-left:1.2rem;color:var(--warn)}
table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--soft);padding:.5rem 0}
th,td{padding:.35rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}tbody th{font-weight:600;white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums}.bad{color:var(--bad)}.warn{color:var(--warn)}
.time{min-width:14rem;width:35%}.track{background:var(--track);height:1rem;margin-top:.2rem;overflow:hidden}
.bar{background:var(--bar);height:100%}.badbar{background:var(--bad)}
.missing th{font-style:italic;color:var(--soft)}.missing .bar{opacity:.4}
details{font-weight:400;white-space:normal;font-size:.85em;color:var(--soft)}
dl{display:grid;grid-template-columns:auto 1fr;gap:0 .75rem;margin:.25rem 0}dd{margin:0;overflow-wrap:anywhere}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
`

/** Reads the text of `/metrics`: version 0.0.4 of the Prometheus format, as far as gateways write it. */

/** One line of figures. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Samples by name, as they stand in the text: those of histograms end with `_bucket`, `_sum` and `_count`. */
export type Scrape = ReadonlyMap<string, readonly Sample[]>

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads it. A line that is none is left out: another version may write more. */
export function readMetrics(text: string): Scrape {
  const samples = new Map<string, Sample[]>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = line.startsWith('#') ? [] : (LINE.exec(line) ?? [])
    if (name === undefined || value === undefined) continue
    const known = samples.get(name)
    const sample = { labels: labelsOf(labels), value: numberOf(value) }
    if (known) known.push(sample)
    else samples.set(name, [sample])
  }
  return samples
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(LABEL), ([, name = '', value = '']) => [
      name,
      value.replaceAll(/\\(.)/g, unescaped),
    ]),
  )
}

function unescaped(_: string, character: string): string {
  return character === 'n' ? '\n' : character
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

/** Sum of the samples of a name that fit. */
export function sumOf(
  scrape: Scrape,
  name: string,
  fits: (labels: Sample['labels']) => boolean = () => true,
): number {
  return (scrape.get(name) ?? []).reduce((sum, { labels, value }) => (fits(labels) ? sum + value : sum), 0)
}

/** Observations per bucket of a histogram, summed over what fits; by upper bound, not cumulative. */
export type Buckets = ReadonlyMap<number, number>

/** Reads a histogram. */
export function bucketsOf(
  scrape: Scrape,
  name: string,
  fits: (labels: Sample['labels']) => boolean = () => true,
): Buckets {
  const cumulative = new Map<number, number>()
  for (const { labels, value } of scrape.get(`${name}_bucket`) ?? []) {
    if (!fits(labels)) continue
    const bound = numberOf(labels['le'] ?? '')
    cumulative.set(bound, (cumulative.get(bound) ?? 0) + value)
  }
  let below = 0
  const bounds = [...cumulative.keys()].sort((a, b) => a - b)
  return new Map(
    bounds.map((bound) => {
      const total = cumulative.get(bound) ?? 0
      const own = total - below
      below = total
      return [bound, own]
    }),
  )
}

/** What came between two scrapes. A counter that fell began anew: then everything is new. */
export function bucketsSince(before: Buckets, after: Buckets): Buckets {
  const begun = [...after].some(([bound, count]) => count < (before.get(bound) ?? 0))
  return begun
    ? after
    : new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]))
}

/** What grew between two scrapes. */
export function growth(before: number, after: number): number {
  return after < before ? after : after - before
}

/**
 * A quantile, straight within its bucket as Prometheus takes it; of what is above the last bound, that bound.
 * @returns `undefined` without observations.
 */
export function quantileOf(buckets: Buckets, share: number): number | undefined {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let seen = 0
  let lower = 0
  for (const [upper, count] of buckets) {
    if (seen + count >= share * total && count > 0)
      return Number.isFinite(upper) ? lower + (upper - lower) * ((share * total - seen) / count) : lower
    seen += count
    if (Number.isFinite(upper)) lower = upper
  }
  return lower
}

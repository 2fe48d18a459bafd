import type { Gateway, Metric } from '@postern/core'

const metricOf = (gateway: Pick<Gateway, 'metrics'>, name: string): Metric => {
  const metric = gateway.metrics().find((one) => one.name === `postern.auth.${name}`)
  if (!metric) throw new Error(`There is no metric ${name}`)
  return metric
}

const textOf = (attributes: Readonly<Record<string, string>>, value: number): string =>
  [...Object.entries(attributes).map(([key, of]) => `${key.replace('postern.', '')}=${of}`), value].join(' ')

/** The points of one number as lines: `scheme=jwt outcome=ok 2`. */
export function figures(gateway: Pick<Gateway, 'metrics'>, name: string): string[] {
  const metric = metricOf(gateway, name)
  if (metric.kind === 'histogram') throw new Error(`${name} is a histogram`)
  return metric.points.map(({ attributes, value }) => textOf(attributes, value))
}

/** How many observations each point of a histogram has. */
export function observations(gateway: Pick<Gateway, 'metrics'>, name: string): string[] {
  const metric = metricOf(gateway, name)
  if (metric.kind !== 'histogram') throw new Error(`${name} is no histogram`)
  return metric.points.map(({ attributes, counts }) => {
    if (counts.length !== metric.bounds.length + 1) throw new Error(`${name} has other bounds`)
    return textOf(
      attributes,
      counts.reduce((sum, one) => sum + one),
    )
  })
}

/** What a view gives. */
export function viewed(gateway: Pick<Gateway, 'views'>, name: string, query = ''): unknown {
  const view = gateway.views().get(name)
  if (!view) throw new Error(`There is no view ${name}`)
  return view.read(new URLSearchParams(query))
}

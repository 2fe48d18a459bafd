import type { Gateway, Metric } from '@postern/core'

/** The points of one metric as lines: `route=a outcome=full 2`. Without the part of a name that all have in common. */
export function figures(gateway: Pick<Gateway, 'metrics'>, name: string): string[] {
  const metric = gateway.metrics().find((one: Metric) => one.name === `postern.routing.${name}`)
  if (!metric || metric.kind === 'histogram') throw new Error(`There is no number ${name}`)
  return metric.points.map(({ attributes, value }) => {
    const pairs = Object.entries(attributes).map(([key, of]) => `${key.replace('postern.', '')}=${of}`)
    return [...pairs, value].join(' ')
  })
}

/** What a view gives. */
export function viewed(gateway: Pick<Gateway, 'views'>, name: string, query = ''): unknown {
  const view = gateway.views().get(name)
  if (!view) throw new Error(`There is no view ${name}`)
  return view.read(new URLSearchParams(query))
}

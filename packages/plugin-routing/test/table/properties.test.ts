import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RouteMatch } from '../../src/options/match-options.ts'
import { compileTable } from '../../src/table/compile.ts'
import { findConflict } from '../../src/table/conflicts.ts'
import { readMatch } from '../../src/table/read-match.ts'
import { anyMatch, anyRequest } from './_arbitrary.ts'
import { naiveBest } from './_naive-matcher.ts'

const read = (route: RouteMatch) => readMatch(route, ['match'])

function compile(routes: readonly RouteMatch[]) {
  return compileTable(routes.map((route, index) => ({ match: read(route), target: { index } })))
}

describe('against a matcher that tries every route and takes the best', () => {
  it('the table finds the same route, for random routes and requests', () => {
    fc.assert(
      fc.property(
        fc.array(anyMatch, { maxLength: 25 }),
        fc.array(anyRequest, { minLength: 20, maxLength: 20 }),
        (routes, requests) => {
          const table = compile(routes)
          for (const request of requests) {
            const best = naiveBest(routes, request)
            const found = table.find(request)?.index
            // Where routes tie, which findConflict refuses, the table takes one of them.
            if (best.length === 0) expect(found).toBeUndefined()
            else expect(best).toContain(found)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('routes without a conflict have one best route for every request, and it is the one that the table finds', () => {
    fc.assert(
      fc.property(
        fc.array(anyMatch, { maxLength: 12 }),
        fc.array(anyRequest, { maxLength: 20 }),
        (given, requests) => {
          const routes: RouteMatch[] = []
          for (const route of given) if (!findConflict([...routes, route].map(read))) routes.push(route)
          const table = compile(routes)
          for (const request of requests) {
            const found = table.find(request)?.index
            expect(naiveBest(routes, request)).toEqual(found === undefined ? [] : [found])
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('the order of the routes changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyMatch, { maxLength: 8 }), anyRequest, (routes, request) => {
        fc.pre(!findConflict(routes.map(read)))
        const found = compile(routes).find(request)?.index
        const turned = compile(routes.toReversed()).find(request)?.index
        expect(turned).toBe(found === undefined ? undefined : routes.length - 1 - found)
      }),
      { numRuns: 500 },
    )
  })
})

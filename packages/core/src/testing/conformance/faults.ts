import type { FaultClass } from '../../plugin.ts'
import { type Sabotage, sabotaged, type TappedHooks } from '../sabotage.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

/** How long a hanging tap may keep an exchange in these checks. */
const DEADLINE_MS = 100

/** A throw, or a hang, in every hook that the plugin taps means what its fault class says. */
export function faultChecks(setup: ConformanceSetup): ConformanceCheck[] {
  return (['throw', 'hang'] as const).map((how) => ({
    name: `means what its fault class says when its taps ${how}`,
    async run() {
      for (const hook of await tappedHooks(setup)) {
        if (how === 'hang' && !WAITING.has(hook)) continue
        const status = await statusWith(setup, hook, how)
        const { fault } = setup.make().definition
        const allowed = allowedStatuses(fault, hook)
        expect(
          allowed.includes(status),
          `${fault} whose ${hook} tap ${how}s: the client got ${status}, need ${allowed.join(' or ')}`,
        )
      }
    },
  }))
}

/** Hooks whose taps may wait. */
const WAITING = new Set(['preMatch', 'preForward', 'pickEndpoint'])

/** Never 200 behind a broken guard, never an error behind a broken observer. */
function allowedStatuses(fault: FaultClass, hook: string): number[] {
  if (hook.startsWith('on') || fault === 'observer') return [200]
  if (fault === 'guard') return [503]
  return [500]
}

async function tappedHooks({ make, start, path, headers }: ConformanceSetup): Promise<TappedHooks> {
  const tapped: TappedHooks = new Set()
  await using test = await start(sabotaged(make(), null, 'throw', tapped))
  await (await test.fetch(path, { headers: await headers() })).arrayBuffer()
  return tapped
}

async function statusWith(
  { make, start, path, headers }: ConformanceSetup,
  hook: string,
  how: Sabotage,
): Promise<number> {
  await using test = await start(sabotaged(make(), hook, how, new Set()), {
    timeouts: { pluginMs: DEADLINE_MS },
  })
  const response = await test.fetch(path, { headers: await headers() })
  await response.arrayBuffer()
  return response.status
}

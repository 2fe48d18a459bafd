/** What a generation's plugins say of themselves, and what they cost. */
import type { PluginStats } from '../stats.ts'
import type { Member } from './member.ts'

/** Why the guards are not ready: one sentence each. */
export function guardFaults(members: readonly Member[]): string[] {
  const reasons: string[] = []
  for (const { definition, handle, account } of members) {
    if (definition.fault !== 'guard') continue
    const state = handle.ready?.() ?? true
    if (state !== true) reasons.push(`${definition.name}: ${state}`)
    if (account.shed) reasons.push(`${definition.name} is shed`)
  }
  return reasons
}

/** What each plugin cost so far. */
export function pluginStats(members: readonly Member[]): PluginStats[] {
  return members.map(({ definition, account }) => ({
    name: definition.name,
    version: definition.version,
    shed: account.shed,
    hooks: Object.fromEntries([...account.hooks].map(([hook, counters]) => [hook, counters.read()])),
  }))
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Usage } from '../servers/messages.ts'
import type { Child } from './child.ts'

/**
 * CPU time and memory of a contender. On Linux the kernel's account of the process and its children serves all contenders
 * alike; elsewhere the process reports its own.
 */
export async function usageOf(child: Child): Promise<Usage> {
  const pid = child.workPid
  if (process.platform === 'linux' && pid !== undefined) return usageOfTree(pid)
  const reported = child.next('usage')
  child.send({ type: 'usage' })
  return (await reported).usage
}

/** What a `/proc/<pid>/stat` line says, in clock ticks and pages. The name in it may hold spaces and parentheses. */
export function parseStat(line: string): { ticks: number; pages: number } {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return { ticks: Number(fields[11]) + Number(fields[12]), pages: Number(fields[21]) }
}

function usageOfTree(pid: number): Usage {
  const { ticks, pages } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  let cpuMicros = (ticks * 1_000_000) / systemValue('CLK_TCK')
  let rssBytes = pages * systemValue('PAGESIZE')
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')) {
    if (child.trim() === '') continue
    const usage = usageOfTree(Number(child))
    cpuMicros += usage.cpuMicros
    rssBytes += usage.rssBytes
  }
  return { cpuMicros, rssBytes }
}

const systemValues = new Map<string, number>()

function systemValue(name: 'CLK_TCK' | 'PAGESIZE'): number {
  const known = systemValues.get(name)
  if (known !== undefined) return known
  const value = Number(execFileSync('getconf', [name], { encoding: 'utf8' }))
  systemValues.set(name, value)
  return value
}

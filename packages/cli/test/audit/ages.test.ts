import { execFileSync } from 'node:child_process'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { auditFile } from '../_support/audit.ts'
import { folder } from '../_support/folder.ts'

const DAY_MS = 86_400_000

const CONFIG = `upstream: http://127.0.0.1:9
plugins:
  - use: '@postern/plugin-auth'
    mode: shadow
    options: { apiKeys: { keys: [{ id: a, hash: 'sha256:${'0'.repeat(64)}' }] } }
`

/** What the rule says, if it says anything. */
const shadow = async (file: string) =>
  (await auditFile(file)).find(({ rule }) => rule.id === 'shadow-too-long')?.message

const says = (days: number) => `@postern/plugin-auth has been in mode shadow for ${days} days`

/** A repository whose commits are as old as one likes. */
function repository(path: string) {
  const git = (args: readonly string[], daysAgo = 0): void => {
    const date = new Date(Date.now() - daysAgo * DAY_MS - 60_000).toISOString()
    const env = {
      ...process.env,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
    }
    execFileSync('git', [...args], { cwd: path, env, stdio: 'ignore' })
  }
  git(['init'])
  return {
    commit: (daysAgo: number): void => {
      git(['add', '--all', ':!node_modules'])
      git(['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-m', 'a'], daysAgo)
    },
  }
}

describe('since when a guard is in shadow', () => {
  it('is what git knows of the line, whatever changed around it', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const repo = repository(place.path)
    repo.commit(90)
    const file = await place.write('gateway.yaml', `listen: { port: 0 }\n${CONFIG}`)
    repo.commit(2)
    expect(await shadow(file)).toBe(says(90))
  })

  it('begins with a change of the line, also one that is not committed', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG.replace('shadow', 'observe') })
    const repo = repository(place.path)
    repo.commit(90)
    expect(await shadow(await place.write('gateway.yaml', CONFIG))).toBe(undefined)
  })

  it('is when the file was last written, outside of a repository', async () => {
    await using place = await folder({})
    const file = await place.write('gateway.yaml', CONFIG)
    expect(await shadow(file)).toBe(undefined)
    const old = new Date(Date.now() - 45 * DAY_MS)
    await utimes(file, old, old)
    expect(await shadow(file)).toBe(says(45))
  })

  it('is the last commit of a TypeScript file, which has no lines here', async () => {
    const text = `import { auth } from '@postern/plugin-auth'
const keys = [{ id: 'a', hash: 'sha256:${'0'.repeat(64)}' }]
export const config = { upstream: 'http://127.0.0.1:9', plugins: [auth({ apiKeys: { keys } }, { mode: 'shadow' })] }
`
    await using place = await folder({ 'package.json': '{"type":"module"}', 'gateway.ts': text })
    repository(place.path).commit(60)
    expect(await shadow(join(place.path, 'gateway.ts'))).toBe(says(60))
  })
})

#!/usr/bin/env node
import { EXIT } from './exit-codes.ts'
import { finish, outliveReaders } from './finish.ts'
import { oldNodeProblem } from './node-version.ts'
import { say } from './output.ts'

outliveReaders()
const problem = oldNodeProblem(process.versions.node)
if (problem === undefined) {
  const { startQuickly } = await import('./compile-cache.ts')
  startQuickly()
  const { main } = await import('./main.ts')
  finish(await main(process.argv.slice(2)))
} else {
  say(problem)
  finish(EXIT.usage)
}

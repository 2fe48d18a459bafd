#!/usr/bin/env node
import { startQuickly } from './compile-cache.ts'
import { finish } from './finish.ts'

startQuickly()
const { main } = await import('./main.ts')
finish(await main(process.argv.slice(2)))

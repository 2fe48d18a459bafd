#!/usr/bin/env node
import { startQuickly } from './compile-cache.ts'

startQuickly()
const { main } = await import('./main.ts')
const code = await main(process.argv.slice(2))
// Ends the process even if a plugin left a timer or a socket open after `close`; without this `gw` would hang
// in its place. The empty write lets go only after everything printed before it has left the process.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))

#!/usr/bin/env node
import { finish } from './finish.ts'
import { main } from './main.ts'

finish(await main(process.argv.slice(2)))

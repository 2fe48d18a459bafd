/**
 * Runs one block: imports it, waits until it is still, and ends. A block that starts a gateway and leaves it running is
 * fine; one that throws, also a little later, is not. With `prints` as its second argument, it is not still before it has
 * said something.
 */
import { pathToFileURL } from 'node:url'

const STILL_MS = 300
const [, , file = '', prints] = process.argv

let isRunning = true
let hasSpoken = false
/** @type {NodeJS.Timeout | undefined} */
let timer

function waitForStillness() {
  if (isRunning || (prints !== undefined && !hasSpoken)) return
  clearTimeout(timer)
  timer = setTimeout(() => process.exit(), STILL_MS)
}

const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (/** @type {any[]} */ ...args) => {
  hasSpoken = true
  waitForStillness()
  return Reflect.apply(write, process.stdout, args)
}

await import(pathToFileURL(file).href)
isRunning = false
waitForStillness()

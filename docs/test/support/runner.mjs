/**
 * Runs one block: imports it, waits until it is still, and ends. A block that starts a gateway and leaves it running is
 * fine; one that throws, also a little later, is not.
 */
import { pathToFileURL } from 'node:url'

const STILL_MS = 300

await import(pathToFileURL(process.argv[2] ?? '').href)
setTimeout(() => process.exit(), STILL_MS)

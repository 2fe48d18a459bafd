/** A gateway in a process of its own, so that its memory is nobody else's: `node gateway-process.ts <upstream>`. */
import { createGateway } from '../../src/index.ts'

const SAMPLE_MS = 10
let peak = 0
const sample = (): void => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(sample, SAMPLE_MS).unref()

const gateway = createGateway([], { upstream: process.argv[2] as string, logger: false })
const { port } = await gateway.listen({ port: 0 })
// Each message is answered with the peak since the last one, in bytes.
process.on('message', () => {
  sample()
  process.send?.(peak)
  peak = 0
})
process.on('disconnect', () => process.exit())
process.send?.(port)

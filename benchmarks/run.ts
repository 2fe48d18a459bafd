/** The benchmark's command line: `npm run bench -- --help` lists the options. */
import { bench } from './harness/bench.ts'
import { HELP, parseOptions } from './harness/options.ts'

const print = (text: string) => console.log(text)

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) print(HELP)
  else await bench(options, print)
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

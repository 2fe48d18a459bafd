/** Load with faults: `npm run soak -- --help` lists the options. */
import { parseSoakOptions, SOAK_HELP } from './soak/options.ts'
import { soak } from './soak/soak.ts'

const print = (text: string): void => console.log(text)

try {
  const options = parseSoakOptions(process.argv.slice(2))
  if (options.help) print(SOAK_HELP)
  else if (!(await soak(options, print))) process.exitCode = 1
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

/** Broken bytes from both sides: `npm run fuzz -- --help` lists the options. */
import { fuzz } from './fuzz/fuzz.ts'
import { FUZZ_HELP, parseFuzzOptions } from './fuzz/options.ts'

const print = (text: string): void => console.log(text)

try {
  const options = parseFuzzOptions(process.argv.slice(2))
  if (options.help) print(FUZZ_HELP)
  else if (!(await fuzz(options, print))) process.exitCode = 1
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

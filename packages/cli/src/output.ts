/**
 * What `gw` says to people goes to standard error, because `gw start | jq` must find nothing but the JSON
 * lines of the gateway's logger on standard output. Only what a command was asked for (`gw check`) is its
 * output.
 */

/** Says something to whoever watches: what runs, what happened, what went wrong. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

let write = (text: string): void => {
  process.stdout.write(text)
}

/** Prints what the command was asked for. */
export function print(text: string): void {
  write(`${text}\n`)
}

/** Has `print` write in another way. */
export function printWith(other: (text: string) => void): void {
  write = other
}

/**
 * Lines of two columns, the first as wide as its longest entry. An entry with several values takes a line for
 * each.
 */
export function table(rows: readonly (readonly [name: string, values: readonly string[]])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows
    .flatMap(([name, values]) =>
      values.map((value, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${value}`),
    )
    .join('\n')
}

/** The plugins in the order in which they run, with versions and modes, in columns. */
export function pluginLines(
  plugins: readonly { readonly name: string; readonly version: string; readonly mode: string }[],
): string[] {
  if (plugins.length === 0) return ['none']
  const name = Math.max(...plugins.map((plugin) => plugin.name.length))
  const version = Math.max(...plugins.map((plugin) => plugin.version.length))
  return plugins.map(
    (plugin, index) =>
      `${index + 1}. ${plugin.name.padEnd(name)}  ${plugin.version.padEnd(version)}  ${plugin.mode}`,
  )
}

/** `HH:MM:SS` of the local clock, the form in which people compare two moments of one day. */
export function clock(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

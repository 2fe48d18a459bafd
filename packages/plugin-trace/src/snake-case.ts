/** `gatewayMs` as `gateway_ms`: how fields of ours are spelled below `postern.` in other schemas. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

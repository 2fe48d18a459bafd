/**
 * A distinguished name as RFC 4514 writes it, `CN=orders,O=Example`, from Node's form: one attribute a line, the outermost
 * first, values escaped as in RFC 4514, so that no value can bring in a line or an attribute of its own.
 */
export function distinguishedName(lines: string): string {
  return lines
    .split('\n')
    .reverse()
    .map((attributes) => attributes.replaceAll(' + ', '+'))
    .join(',')
}

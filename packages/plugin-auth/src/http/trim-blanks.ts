/** Without the blanks around it: HTTP knows two (RFC 9110 section 5.6.3). What else `trim` takes for one is part of the value. */
export function trimBlanks(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '')
}

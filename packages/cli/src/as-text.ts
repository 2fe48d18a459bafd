/** A text or number of a configuration as text; `otherwise` for what is neither: an object has no form that anybody wrote. */
export function asText(value: unknown, otherwise = ''): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : otherwise
}

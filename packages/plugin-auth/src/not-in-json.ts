/** For JSON Schema: nothing that a file could say fits. What it marks is given in code alone. */
export const NOT_IN_JSON: { readonly not: object } = { not: {} }

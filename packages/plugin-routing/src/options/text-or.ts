/** Values of several forms: the form that was given decides which of them the errors speak of. */
import * as v from 'valibot'

/**
 * A schema that looks at the value to choose one of several. A union would only say that none of them fits. What there is to
 * choose from stands in `options`, as in a union, for whoever reads the schema (JSON Schema).
 */
export function oneOf<TSchema extends v.GenericSchema>(
  options: readonly TSchema[],
  choose: (input: unknown) => TSchema,
): v.LazySchema<TSchema> {
  return Object.assign(v.lazy(choose), { options })
}

/** A schema for text, or for everything else. */
export function textOr<TText extends v.GenericSchema, TObject extends v.GenericSchema>(
  text: TText,
  object: TObject,
): v.GenericSchema<
  v.InferInput<TText> | v.InferInput<TObject>,
  v.InferOutput<TText> | v.InferOutput<TObject>
> {
  const schema = oneOf<TText | TObject>([text, object], (input) =>
    typeof input === 'string' ? text : object,
  )
  // `wrapped` lets core find the known keys for its suggestions.
  return Object.assign(schema, { wrapped: object })
}

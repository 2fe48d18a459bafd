/** Values that are either text or an object: the form that was given decides which of the two the errors speak of. */
import * as v from 'valibot'

/** A schema for text, or for everything else. A union would only say that neither form fits. */
export function textOr<TText extends v.GenericSchema, TObject extends v.GenericSchema>(
  text: TText,
  object: TObject,
): v.GenericSchema<
  v.InferInput<TText> | v.InferInput<TObject>,
  v.InferOutput<TText> | v.InferOutput<TObject>
> {
  const schema = v.lazy((input): TText | TObject => (typeof input === 'string' ? text : object))
  // `wrapped` lets core find the known keys for its suggestions.
  return Object.assign(schema, { wrapped: object })
}

/** A schema with a sentence about it, which the OpenAPI document and the docs show. */
import * as v from 'valibot'

export const described = <const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): v.SchemaWithPipe<readonly [Schema, v.DescriptionAction<v.InferOutput<Schema>, string>]> =>
  v.pipe(schema, v.description(text))

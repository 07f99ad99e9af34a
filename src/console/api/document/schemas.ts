/** Schemas as the document shows them: JSON Schema of the very schemas that check. */
import { type JsonSchema, type OverrideActionContext, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { SourceDocumentSchema } from '../../../registry/sources/document.ts'
import { DestinationDocumentSchema } from '../../../registry/destinations/document.ts'
import { ChannelDocumentSchema } from '../../../channels/document.ts'
import { ChannelSchema } from '../../../api/channels.ts'
import { DestinationSchema } from '../../../api/destinations.ts'
import { EventSchema } from '../../../api/events.ts'
import { SourceSchema } from '../../../api/sources.ts'
import { CODES } from '../../../api/problem.ts'

const ProblemSchema = v.object({
  type: v.literal('about:blank'),
  title: v.pipe(v.string(), v.description('The code in words.')),
  status: v.pipe(v.number(), v.integer()),
  detail: v.pipe(v.string(), v.description('One sentence for people. It may change.')),
  code: v.pipe(v.picklist(CODES), v.description('Stable: what programs scan at.')),
  request_id: v.pipe(v.string(), v.description('Leads to the log.')),
  problems: v.pipe(
    v.optional(v.array(v.object({ path: v.string(), problem: v.string() }))),
    v.description(
      'Everything that is wrong, by parameter or by dotted path into the body. No value is quoted.',
    ),
  ),
})

/** Schemas that have a name in the document. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  MailEvent: EventSchema,
  Source: SourceSchema,
  SourceDocument: SourceDocumentSchema,
  Destination: DestinationSchema,
  DestinationDocument: DestinationDocumentSchema,
  Channel: ChannelSchema,
  ChannelDocument: ChannelDocumentSchema,
  Problem: ProblemSchema,
}

/** Schemas of requests: fields with defaults may be left out. All other schemas are of answers. */
const WRITTEN: ReadonlySet<string> = new Set(['SourceDocument', 'DestinationDocument', 'ChannelDocument'])

export const PROBLEM: JsonSchema = { $ref: '#/components/schemas/Problem' }

export const namedSchemas = (): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries(NAMED).map(([name, schema]) => [
      name,
      schemaOf(schema, WRITTEN.has(name) ? 'input' : 'output', name),
    ]),
  )

/** @param name of the schema itself, which must not refer to itself */
export function schemaOf(schema: v.GenericSchema, typeMode: 'input' | 'output', name?: string): JsonSchema {
  const definitions = Object.fromEntries(Object.entries(NAMED).filter(([known]) => known !== name))
  const {
    $schema: _schema,
    $defs: _defs,
    ...rest
  } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    // `check` has no counterpart in JSON Schema; what it asks for is in the description.
    errorMode: 'ignore',
    overrideAction: withoutWords,
    definitions,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
  return rest
}

/** Words of forms and of the command line, which the rows of settings have, are not for the document. */
function withoutWords({ valibotAction, jsonSchema }: OverrideActionContext): JsonSchema | undefined {
  const { metadata = {} } = valibotAction as { readonly metadata?: object }
  if (!('label' in metadata)) return undefined
  return Object.fromEntries(Object.entries(jsonSchema).filter(([name]) => !Object.hasOwn(metadata, name)))
}

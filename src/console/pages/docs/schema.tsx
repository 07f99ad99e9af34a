/** Renders a JSON Schema for a reader. */
import type { JsonSchema } from '@valibot/to-json-schema'
import type { Child, FC } from 'hono/jsx'
import { Badge } from '../components.tsx'

type Subschema = JsonSchema | boolean | undefined

/** The schema of a body: its type and its fields. */
export const SchemaDetails: FC<{ schema: JsonSchema }> = ({ schema }) => (
  <>
    <p class="type">
      <TypeOf schema={schema} />
    </p>
    <Fields schema={schema} />
  </>
)

interface FieldProps {
  readonly name: string
  readonly schema: Subschema
  readonly required: boolean
  readonly description?: string | undefined
}

/** One field with its own fields. */
export const Field: FC<FieldProps> = ({ name, schema = true, required, description }) => {
  const own = typeof schema === 'object' ? schema : {}
  const text = description ?? own.description ?? ''
  return (
    <li>
      <code>{name}</code>{' '}
      <span class="type">
        <TypeOf schema={schema} />
      </span>{' '}
      {!required && own.default === undefined && <Badge tone="plain">optional</Badge>}
      {text !== '' && (
        <span class="under">
          {/* Code is between backticks. */}
          {text.split('`').map((piece, i) => (i % 2 === 1 ? <code>{piece}</code> : piece))}
        </span>
      )}
      <Fields schema={schema} />
    </li>
  )
}

/** The fields of an object, of the objects in a list, or of each alternative. */
const Fields: FC<{ schema: Subschema }> = ({ schema }) => (
  <>
    {objectsIn(schema).map(({ properties = {}, required = [] }) => (
      <ul class="fields">
        {Object.entries(properties).map(([name, property]) => (
          <Field name={name} schema={property} required={required.includes(name)} />
        ))}
      </ul>
    ))}
  </>
)

function objectsIn(schema: Subschema): JsonSchema[] {
  if (typeof schema !== 'object') return []
  if (schema.properties !== undefined) return [schema]
  const inside = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(Array.isArray(schema.items) ? schema.items : [schema.items]),
    schema.additionalProperties,
  ]
  return inside.flatMap(objectsIn)
}

const TypeOf: FC<{ schema: Subschema }> = ({ schema }) => {
  if (typeof schema !== 'object') return 'any JSON'
  return (
    <>
      {kindOf(schema)}
      {limitsOf(schema).map((limit) => `, ${limit}`)}
      {schema.pattern !== undefined && (
        <>
          , pattern <code>{schema.pattern}</code>
        </>
      )}
    </>
  )
}

function kindOf(schema: JsonSchema): Child {
  const { $ref, const: only, enum: some, anyOf, oneOf, type, items, additionalProperties } = schema
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? ''
    return <a href={`#schema-${name}`}>{name}</a>
  }
  const values = only === undefined ? some : [only]
  if (values !== undefined) return joined(values.map((value) => <code>{JSON.stringify(value)}</code>))
  const alternatives = anyOf ?? oneOf
  if (alternatives !== undefined) return joined(alternatives.map((one) => <TypeOf schema={one} />))
  if (type === 'array') return ['list of ', <TypeOf schema={Array.isArray(items) ? items[0] : items} />]
  if (type === 'object' && typeof additionalProperties === 'object')
    return ['object with values of type ', <TypeOf schema={additionalProperties} />]
  return typeof type === 'string' ? (WORDS[type] ?? type) : 'any JSON'
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}

function limitsOf(schema: JsonSchema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter((text) => text !== '')
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`
  if (from !== undefined) return `${from} or more${unit}`
  return to === undefined ? '' : `at most ${to}${unit}`
}

const joined = (parts: readonly Child[]): Child[] =>
  parts.flatMap((part, i) => (i === 0 ? [part] : [' or ', part]))

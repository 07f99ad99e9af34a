/** JSON Schema in words: what a reader has to know to write it or to read it. */
import type { JsonSchema } from '@valibot/to-json-schema'
import type { Child, FC } from 'hono/jsx'
import { Badge } from '../components.tsx'

type Part = JsonSchema | boolean | undefined

/** Who writes it has to know what must be there; who reads it, what may be absent. */
type Side = 'written' | 'read'

/** The form of a body: its type, and its fields where it has some. */
export const SchemaShown: FC<{ schema: JsonSchema; side: Side }> = ({ schema, side }) => (
  <>
    <p class="type">
      <TypeOf schema={schema} />
    </p>
    <Fields schema={schema} side={side} />
  </>
)

interface FieldProps {
  readonly name: string
  readonly schema: Part
  readonly required: boolean
  readonly side: Side
  readonly description?: string | undefined
}

/** One name with what stands under it. */
export const Field: FC<FieldProps> = ({
  name,
  schema,
  required,
  side,
  description = descriptionOf(schema),
}) => (
  <li>
    <code>{name}</code>{' '}
    <span class="type">
      <TypeOf schema={schema} />
    </span>{' '}
    {side === 'written' && required ? <Badge tone="plain">required</Badge> : ''}
    {side === 'read' && !required && !hasDefault(schema) ? <Badge tone="plain">not always there</Badge> : ''}
    {description === undefined || description === '' ? (
      ''
    ) : (
      <span class="under">
        <Prose text={description} />
      </span>
    )}
    <Fields schema={schema} side={side} />
  </li>
)

/** The fields of an object, of the objects in a list, or of each alternative. */
const Fields: FC<{ schema: Part; side: Side }> = ({ schema, side }) => (
  <>
    {objectsIn(schema).map(({ properties = {}, required = [] }) => (
      <ul class="fields">
        {Object.entries(properties).map(([name, property]) => (
          <Field name={name} schema={property} required={required.includes(name)} side={side} />
        ))}
      </ul>
    ))}
  </>
)

/** Words of the document, in which code stands between backticks. */
export const Prose: FC<{ text: string }> = ({ text }) => (
  <>{text.split('`').map((piece, i) => (i % 2 === 1 ? <code>{piece}</code> : piece))}</>
)

function objectsIn(schema: Part): JsonSchema[] {
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

const TypeOf: FC<{ schema: Part }> = ({ schema }) => {
  if (typeof schema !== 'object') return <>any JSON</>
  const limits = limitsOf(schema)
  return (
    <>
      <Kind schema={schema} />
      {limits.length === 0 ? '' : `, ${limits.join(', ')}`}
      {schema.pattern === undefined ? (
        ''
      ) : (
        <>
          , as <code>{schema.pattern}</code>
        </>
      )}
    </>
  )
}

const Kind: FC<{ schema: JsonSchema }> = ({ schema }) => {
  const { $ref, const: only, enum: some, anyOf, oneOf, type, items, additionalProperties } = schema
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? ''
    return <a href={`#form-${name}`}>{name}</a>
  }
  if (only !== undefined) return <code>{JSON.stringify(only)}</code>
  if (some !== undefined) {
    return (
      <>
        {between(
          some.map((value) => <code>{JSON.stringify(value)}</code>),
          ' or ',
        )}
      </>
    )
  }
  const alternatives = anyOf ?? oneOf
  if (alternatives !== undefined) {
    return (
      <>
        {between(
          alternatives.map((one) => <TypeOf schema={one} />),
          ' or ',
        )}
      </>
    )
  }
  if (type === 'array') {
    return (
      <>
        list of <TypeOf schema={Array.isArray(items) ? items[0] : items} />
      </>
    )
  }
  if (type === 'object' && typeof additionalProperties === 'object') {
    return (
      <>
        object by name of <TypeOf schema={additionalProperties} />
      </>
    )
  }
  return <>{typeof type === 'string' ? (WORDS[type] ?? type) : 'any JSON'}</>
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
    range(minItems, maxItems, ' of them'),
    schema.default === undefined ? '' : `else ${JSON.stringify(schema.default)}`,
  ].filter((text) => text !== '')
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`
  if (from !== undefined) return `${from} or more${unit}`
  return to === undefined ? '' : `at most ${to}${unit}`
}

const hasDefault = (schema: Part): boolean => typeof schema === 'object' && schema.default !== undefined

const descriptionOf = (schema: Part): string | undefined =>
  typeof schema === 'object' ? schema.description : undefined

const between = (parts: readonly Child[], word: string): Child[] =>
  parts.flatMap((part, i) => (i === 0 ? [part] : [word, part]))

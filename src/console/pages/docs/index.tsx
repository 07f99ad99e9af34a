/** The API reference, rendered from the OpenAPI document. */
import type { OpenApi, Tag } from '../../api/document/form.ts'
import { documentOf } from '../../api/document/index.ts'
import { ROUTES } from '../../api/index.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { type Column, Empty, Part, Table } from '../components.tsx'
import { Filters, textIn } from '../filters.tsx'
import { OperationDetails, type OperationAtPath } from './operation.tsx'
import { SchemaDetails } from './schema.tsx'

/** Built once for each isolate: it is the same for everyone. */
let document: OpenApi | undefined

export async function showDocs(c: ConsoleContext): Promise<Response> {
  document ??= documentOf(ROUTES)
  const whole = document
  const query = new URL(c.req.url).searchParams
  const searched = textIn(query, 'q')?.slice(0, 200) ?? ''
  const sections = whole.tags
    .map((tag) => ({ tag, operations: operationsOf(whole, tag).filter((one) => isFound(one, searched)) }))
    .filter(({ operations }) => operations.length > 0)
  const parts = [
    ...sections.map(({ tag: { name } }) => ({ id: `tag-${name}`, title: titleOf(name) })),
    { id: 'schemas', title: 'Schemas' },
    { id: 'problems', title: 'Problems' },
  ]
  return answerPage(
    c,
    { title: 'API', parts },
    <>
      <p>{whole.info.description}</p>
      <p>
        For programs: <code>GET /api/openapi.json</code> (OpenAPI {whole.openapi}). Every call needs a token;
        the examples read it from <code>$POSTERN_TOKEN</code>.
      </p>
      <Filters
        action="/docs"
        filters={[{ name: 'q', label: 'Find an operation', placeholder: 'suppressions or PUT sources' }]}
        query={query}
      />
      {sections.length === 0 && (
        <Empty>
          None match. <a href="/docs">Show all</a>
        </Empty>
      )}
      {sections.map(({ tag, operations }) => (
        <Part id={`tag-${tag.name}`} title={titleOf(tag.name)} lead={tag.description}>
          {operations.map((one) => (
            <OperationDetails {...one} />
          ))}
        </Part>
      ))}
      <Part id="schemas" title="Schemas">
        {Object.entries(whole.components.schemas).map(([name, schema]) => (
          <details class="operation" id={`schema-${name}`}>
            <summary>
              <h3>{name}</h3>
            </summary>
            <div class="inside">
              <SchemaDetails schema={schema} />
            </div>
          </details>
        ))}
      </Part>
      <Part id="problems" title="Problems" lead="Codes are stable: no code or status will change.">
        <Table caption="Problem codes" columns={PROBLEM_COLUMNS} rows={whole['x-problems']} />
      </Part>
    </>,
  )
}

/** Every word is in the path, the name or the description of the operation. */
function isFound({ method, path, operation }: OperationAtPath, searched: string): boolean {
  const { operationId, summary, description } = operation
  const text = `${method} ${path} ${operationId} ${summary} ${description}`.toLowerCase()
  return searched
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

const operationsOf = ({ paths }: OpenApi, { name }: Tag): OperationAtPath[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => ({ method, path, operation })),
  )

const titleOf = (tag: string): string =>
  tag === 'openapi' ? 'OpenAPI' : `${tag.slice(0, 1).toUpperCase()}${tag.slice(1).replaceAll('-', ' ')}`

const PROBLEM_COLUMNS: Column<OpenApi['x-problems'][number]>[] = [
  { label: 'Status', kind: 'number', cell: ({ status }) => status },
  { label: 'Code', cell: ({ code }) => <code id={`problem-${code}`}>{code}</code> },
  { label: 'Meaning', kind: 'long', cell: ({ title }) => title },
]

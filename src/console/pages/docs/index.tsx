/** The API reference, rendered from the OpenAPI document. */
import type { FC } from 'hono/jsx'
import type { OpenApi, Tag } from '../../api/document/form.ts'
import { documentOf } from '../../api/document/index.ts'
import { WRITTEN } from '../../api/document/schemas.ts'
import { ROUTES } from '../../api/index.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { type Column, Empty, Table } from '../components.tsx'
import { Filters } from '../filters.tsx'
import { OperationDetails, type OperationAtPath } from './operation.tsx'
import { SchemaDetails } from './schema.tsx'

/** Built once for each isolate: it is the same for everyone. */
let document: OpenApi | undefined

export async function showDocs(c: ConsoleContext): Promise<Response> {
  document ??= documentOf(ROUTES)
  const whole = document
  const { origin, searchParams } = new URL(c.req.url)
  const searched = (searchParams.get('q') ?? '').trim().slice(0, 200)
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
    <Docs document={whole} sections={sections} searched={searched} origin={origin} />,
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

interface DocsProps {
  readonly document: OpenApi
  readonly sections: readonly { readonly tag: Tag; readonly operations: readonly OperationAtPath[] }[]
  readonly searched: string
  readonly origin: string
}

const Docs: FC<DocsProps> = ({ document, sections, searched, origin }) => (
  <>
    <p>{document.info.description}</p>
    <p>
      For programs: <code>GET /api/openapi.json</code> (OpenAPI {document.openapi}). Every call needs a token;
      the examples read it from <code>$POSTERN_TOKEN</code>.
    </p>
    <Filters
      action="/docs"
      filters={[{ name: 'q', label: 'Find an operation', placeholder: 'suppressions or PUT sources' }]}
      query={new URLSearchParams(searched === '' ? {} : { q: searched })}
    />
    {sections.length === 0 && (
      <Empty>
        None match. <a href="/docs">Show all</a>
      </Empty>
    )}
    {sections.map(({ tag, operations }) => (
      <TagSection tag={tag} operations={operations} origin={origin} />
    ))}
    <Reference document={document} />
  </>
)

/** Schemas and problems, which operations link to. */
const Reference: FC<{ document: OpenApi }> = ({ document }) => (
  <>
    <section id="schemas" aria-labelledby="schemas-title" tabindex={-1}>
      <h2 id="schemas-title">Schemas</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <>
          <h3 id={`schema-${name}`} tabindex={-1}>
            {name}
          </h3>
          <SchemaDetails schema={schema} direction={WRITTEN.has(name) ? 'request' : 'response'} />
        </>
      ))}
    </section>
    <section id="problems" aria-labelledby="problems-title" tabindex={-1}>
      <h2 id="problems-title">Problems</h2>
      <p class="lead">Codes are stable: no code or status will change.</p>
      <Table caption="Problem codes" columns={PROBLEM_COLUMNS} rows={document['x-problems']} />
    </section>
  </>
)

const TagSection: FC<{ tag: Tag; operations: readonly OperationAtPath[]; origin: string }> = ({
  tag,
  operations,
  origin,
}) => (
  <section id={`tag-${tag.name}`} aria-labelledby={`tag-${tag.name}-title`} tabindex={-1}>
    <h2 id={`tag-${tag.name}-title`}>{titleOf(tag.name)}</h2>
    <p class="lead">{tag.description}</p>
    {operations.map((one) => (
      <OperationDetails {...one} origin={origin} />
    ))}
  </section>
)

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
  { label: 'Code', kind: 'name', cell: ({ code }) => <code id={`problem-${code}`}>{code}</code> },
  { label: 'Meaning', kind: 'long', cell: ({ title }) => title },
]

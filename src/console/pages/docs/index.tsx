/** The API reference, rendered from the OpenAPI document. */
import type { FC } from 'hono/jsx'
import type { OpenApi, Tag } from '../../api/document/form.ts'
import { documentOf } from '../../api/document/index.ts'
import { WRITTEN } from '../../api/document/schemas.ts'
import { ROUTES } from '../../api/index.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, Table } from '../components.tsx'
import { OperationDetails, type OperationAtPath } from './operation.tsx'
import { SchemaDetails } from './schema.tsx'

/** Built once for each isolate: it is the same for everyone. */
let document: OpenApi | undefined

export async function showDocs(c: ConsoleContext): Promise<Response> {
  document ??= documentOf(ROUTES)
  const { origin } = new URL(c.req.url)
  const parts = [
    ...document.tags.map(({ name }) => ({ id: `tag-${name}`, title: titleOf(name) })),
    { id: 'schemas', title: 'Schemas' },
    { id: 'problems', title: 'Problems' },
  ]
  const aside = (
    <>
      <a href="/">Console</a>
      <Action action="/logout" label="Log out" quiet />
    </>
  )
  return answerPage(c, { title: 'API', aside, parts }, <Docs document={document} origin={origin} />)
}

const Docs: FC<{ document: OpenApi; origin: string }> = ({ document, origin }) => (
  <>
    <p>{document.info.description}</p>
    <p>
      For programs: <code>GET /api/openapi.json</code> (OpenAPI {document.openapi}). Every call needs a token;
      the examples read it from <code>$POSTERN_TOKEN</code>.
    </p>
    {document.tags.map((tag) => (
      <TagSection tag={tag} operations={operationsOf(document, tag)} origin={origin} />
    ))}
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
  `${tag.slice(0, 1).toUpperCase()}${tag.slice(1).replaceAll('-', ' ')}`

const PROBLEM_COLUMNS: Column<OpenApi['x-problems'][number]>[] = [
  { label: 'Status', kind: 'number', cell: ({ status }) => status },
  { label: 'Code', kind: 'name', cell: ({ code }) => <code id={`problem-${code}`}>{code}</code> },
  { label: 'Meaning', kind: 'long', cell: ({ title }) => title },
]

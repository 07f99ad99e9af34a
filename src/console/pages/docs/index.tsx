/** The API for readers: the page of the very document that programs read. */
import type { FC } from 'hono/jsx'
import type { OpenApi, Tag } from '../../api/document/form.ts'
import { documentOf } from '../../api/document/index.ts'
import { WRITTEN } from '../../api/document/schemas.ts'
import { ROUTES } from '../../api/index.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, Table } from '../components.tsx'
import { OperationShown, type Placed } from './operation.tsx'
import { SchemaShown } from './schema.tsx'

/** The same for everybody, as long as this code runs. */
let document: OpenApi | undefined

export async function showDocs(c: ConsoleContext): Promise<Response> {
  document ??= documentOf(ROUTES)
  const { origin } = new URL(c.req.url)
  const formToken = await c.get('isolate').sessions.formToken(c.get('session'))
  const parts = [
    ...document.tags.map(({ name }) => ({ id: `tag-${name}`, title: titleOf(name) })),
    { id: 'forms', title: 'Forms' },
    { id: 'problems', title: 'Problems' },
  ]
  const corner = (
    <>
      <a href="/">Console</a>
      <Action action="/logout" formToken={formToken} label="Log out" quiet />
    </>
  )
  return answerPage(
    c,
    { title: 'API · Postern', corner, parts },
    <Docs document={document} origin={origin} />,
  )
}

const Docs: FC<{ document: OpenApi; origin: string }> = ({ document, origin }) => (
  <>
    <h1>API</h1>
    <p>{document.info.description}</p>
    <p>
      Programs read the same from <code>GET /api/openapi.json</code> (OpenAPI {document.openapi}). Every call
      carries a token; the examples take it from <code>$POSTERN_TOKEN</code>.
    </p>
    {document.tags.map((tag) => (
      <TagShown tag={tag} operations={operationsOf(document, tag)} origin={origin} />
    ))}
    <section id="forms" aria-labelledby="forms-title" tabindex={-1}>
      <h2 id="forms-title">Forms</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <>
          <h3 id={`form-${name}`} tabindex={-1}>
            {name}
          </h3>
          <SchemaShown schema={schema} side={name === WRITTEN ? 'written' : 'read'} />
        </>
      ))}
    </section>
    <section id="problems" aria-labelledby="problems-title" tabindex={-1}>
      <h2 id="problems-title">Problems</h2>
      <p class="lead">Codes are stable: none is renamed, and none gets another status.</p>
      <Table caption="Codes of problems" columns={PROBLEM_COLUMNS} rows={document['x-problems']} />
    </section>
  </>
)

const TagShown: FC<{ tag: Tag; operations: readonly Placed[]; origin: string }> = ({
  tag,
  operations,
  origin,
}) => (
  <section id={`tag-${tag.name}`} aria-labelledby={`tag-${tag.name}-title`} tabindex={-1}>
    <h2 id={`tag-${tag.name}-title`}>{titleOf(tag.name)}</h2>
    <p class="lead">{tag.description}</p>
    {operations.map((one) => (
      <OperationShown {...one} origin={origin} />
    ))}
  </section>
)

const operationsOf = ({ paths }: OpenApi, { name }: Tag): Placed[] =>
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

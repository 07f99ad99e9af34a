import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/console/api/index.ts'
import { documentOf } from '../../../src/console/api/document/index.ts'
import { newConsole } from '../support.ts'

interface Operation {
  readonly operationId: string
  readonly parameters: {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: object
  }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> }
  readonly responses: Record<string, object>
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object> }
}

const served = async () => (await newConsole().api('GET', '/api/openapi.json')).json as unknown as Document

describe('the OpenAPI document', () => {
  it('is of version 3.1 and says how to authenticate', async () => {
    expect(await served()).toMatchObject({
      openapi: '3.1.0',
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    })
  })

  it('has every route of the table, and no other', async () => {
    const { paths } = await served()
    const inDocument = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
      ),
    )
    expect(inDocument.sort()).toEqual(ROUTES.map(({ method, path, id }) => `${method} ${path} ${id}`).sort())
  })

  it('names each operation once, and all its path parameters', async () => {
    const { paths } = await served()
    const all = Object.entries(paths).flatMap(([path, operations]) =>
      Object.values(operations).map((operation) => ({ path, operation })),
    )
    expect(new Set(all.map(({ operation }) => operation.operationId)).size).toBe(all.length)
    for (const { path, operation } of all) {
      const named = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name)
      expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    }
  })

  it('resolves all its references', async () => {
    const document = await served()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to)
    expect(references).toContain('#/components/schemas/MailEvent')
    for (const to of references) {
      expect(
        Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
      ).toContain(to)
    }
  })

  it('describes the query parameters of a list', async () => {
    const { paths } = await served()
    const parameters = paths['/api/events']?.['get']?.parameters ?? []
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['source', false],
      ['type', false],
      ['types', false],
      ['recipient', false],
      ['message_id', false],
      ['request_id', false],
      ['campaign_id', false],
      ['bounce_type', false],
      ['cause', false],
      ['automated', false],
      ['reason', false],
      ['tag', false],
      ['mailbox_provider', false],
      ['since', false],
      ['until', false],
      ['limit', false],
      ['cursor', false],
      ['order', false],
      ['after', false],
    ])
    expect(parameters.find(({ name }) => name === 'limit')?.schema).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 500,
      default: 50,
    })
    expect(paths['/api/messages']?.['get']?.parameters.every(({ required }) => required)).toBe(true)
  })

  it('shows the source document for PUT of a source', async () => {
    const put = (await served()).paths['/api/sources/{name}']?.['put']
    expect(put?.requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/SourceDocument',
    })
    expect(Object.keys(put?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '201', '401', '413', '422']),
    )
  })

  it('depends only on the table', () => {
    const [first] = ROUTES
    expect(first && Object.keys(documentOf([first]).paths)).toEqual(['/api/sources'])
  })
})

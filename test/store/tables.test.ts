/** The table of tables declares all that the migrations make. */
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { MIGRATIONS, TABLES } from '../../src/store/tables.ts'
import { emptyStore, rowsOf, tablesOf } from '../support/store.ts'

interface Column {
  readonly table: string
  readonly name: string
  readonly type: string
}

let columns: Column[] = []

beforeAll(async () => {
  await emptyStore()
  const tables = await tablesOf(env.STORE)
  columns = (
    await Promise.all(
      tables.map(async (table) =>
        (await rowsOf(`SELECT name, type FROM pragma_table_info('${table}')`)).map(
          (column) => ({ table, ...column }) as unknown as Column,
        ),
      ),
    )
  ).flat()
})

const declared = Object.entries(TABLES).flatMap(
  ([table, { names, people = [], underMasterKey, underPersonKeys = [] }]) =>
    [
      ...people,
      ...(names === 'recipient' ? ['recipient'] : []),
      ...(underMasterKey === undefined ? [] : [underMasterKey.column]),
      ...underPersonKeys,
    ].map((name) => `${table}.${name}`),
)

const pathOf = ({ table, name }: Column): string => `${table}.${name}`

it('has each table, and each migration', async () => {
  expect(Object.keys(TABLES).sort()).toEqual(await tablesOf(env.STORE))
  expect(MIGRATIONS).toEqual(env.MIGRATIONS.map(({ name }) => name))
})

it.each(Object.entries(TABLES))('declares the migrations that name %s', (table, { migrations }) => {
  const naming = env.MIGRATIONS.filter(({ queries }) =>
    queries.some((sql) => new RegExp(`(?:CREATE|ALTER) TABLE ${table}\\b`).test(sql)),
  )
  expect(migrations).toEqual(naming.map(({ name }) => name))
})

it('declares of each column that is a blob, or named like one that is sealed, whether it names a person or is sealed', () => {
  const secret = columns.filter(
    ({ name, type }) => type === 'BLOB' || /^(?:sealed|wrapped|recipient)/.test(name),
  )
  expect(secret.map(pathOf).filter((path) => !declared.includes(path))).toEqual([])
})

it('declares no column that is not there', () => {
  expect(declared.filter((path) => !columns.map(pathOf).includes(path))).toEqual([])
})

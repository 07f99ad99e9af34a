import { describe, expect, it } from 'vitest'
import { makeTables } from '../../src/platform/table-steps.ts'
import { inObject } from '../support/objects.ts'

const MAKE = 'CREATE TABLE birds (name TEXT PRIMARY KEY)'
const ADD_COLUMN = `ALTER TABLE birds ADD COLUMN song TEXT NOT NULL DEFAULT ''`
const ADD_TABLES = 'CREATE TABLE nests (id INTEGER PRIMARY KEY); CREATE INDEX birds_song ON birds (song)'
const FAILS = 'CREATE TABLE eggs (id INTEGER PRIMARY KEY); CREATE TABLE birds (name TEXT)'

/** Starts a new object once with each list of steps, and then looks at its tables. */
const started = (...starts: ((storage: DurableObjectStorage) => void)[]) =>
  inObject(({ storage }) => {
    for (const start of starts) start(storage)
    const columns = (table: string) =>
      storage.sql
        .exec<{ name: string }>('SELECT name FROM pragma_table_info(?)', table)
        .toArray()
        .map(({ name }) => name)
    return { birds: columns('birds'), nests: columns('nests'), eggs: columns('eggs') }
  })

const steps =
  (...list: string[]) =>
  (storage: DurableObjectStorage) =>
    makeTables(storage, 'birds', list)

const NEWEST = { birds: ['name', 'song'], nests: ['id'], eggs: [] }

describe('the tables of an object', () => {
  it.each<[string, ((storage: DurableObjectStorage) => void)[]]>([
    ['a new object', [steps(MAKE, ADD_COLUMN, ADD_TABLES)]],
    [
      'an object of each version in turn',
      [steps(MAKE), steps(MAKE, ADD_COLUMN), steps(MAKE, ADD_COLUMN, ADD_TABLES)],
    ],
    [
      'an object that starts again',
      [steps(MAKE, ADD_COLUMN, ADD_TABLES), steps(MAKE, ADD_COLUMN, ADD_TABLES)],
    ],
    ['an object of a later version', [steps(MAKE, ADD_COLUMN, ADD_TABLES), steps(MAKE)]],
    [
      'an object that was of a later version, and is again',
      [steps(MAKE, ADD_COLUMN, ADD_TABLES), steps(MAKE), steps(MAKE, ADD_COLUMN, ADD_TABLES)],
    ],
  ])('are the newest: %s', async (_what, starts) => {
    expect(await started(...starts)).toEqual(NEWEST)
  })

  it('do not change if a step fails, and the steps are done when it no longer does', async () => {
    const fails = (storage: DurableObjectStorage) =>
      expect(() => makeTables(storage, 'birds', [MAKE, ADD_COLUMN, FAILS])).toThrow('birds')
    expect(await started(steps(MAKE), fails)).toEqual({ birds: ['name'], nests: [], eggs: [] })
    expect(await started(steps(MAKE), fails, steps(MAKE, ADD_COLUMN, ADD_TABLES))).toEqual(NEWEST)
  })

  it('have a number of their own for each name', async () => {
    const eggs = (storage: DurableObjectStorage) =>
      makeTables(storage, 'eggs', ['CREATE TABLE eggs (id INTEGER PRIMARY KEY)'])
    expect(await started(steps(MAKE, ADD_COLUMN), eggs, steps(MAKE, ADD_COLUMN, ADD_TABLES))).toEqual({
      ...NEWEST,
      eggs: ['id'],
    })
  })
})

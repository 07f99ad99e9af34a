/** The table of places has everything that rests, and SECURITY.md has the table. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PART_NAMES } from '../../src/api/person-data.ts'
import { PARTS, PLACES } from '../../src/console/people/places.ts'
import { STORE_PLACES } from '../../src/store/erasures/places/index.ts'

const ROOT = join(import.meta.dirname, '../..')
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8')
const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`)

const stored = PLACES.flatMap((place) => place.stored)
const isListed = (name: string): boolean => stored.includes(name)

const found = (text: string, form: RegExp): string[] => [...text.matchAll(form)].map(([, name = '']) => name)

const sources = filesIn('src').filter((name) => name.endsWith('.ts') && !name.startsWith('src/cli/'))
const configurations = ['gateway', 'consumer', 'console'].map((name) =>
  textOf(name === 'gateway' ? 'wrangler.toml' : `src/${name}/wrangler.toml`),
)
const unique = (names: readonly string[]): string[] => [...new Set(names)].toSorted()

/** Tables that all owners have, and the guard’s, which has one for each hour. */
const NAMED_BY_CODE: Readonly<Record<string, readonly string[]>> = {
  '': ['sources', 'destinations', 'channels'],
  kept_: ['kept'],
}

describe('the table of places', () => {
  it('has every table of D1', () => {
    const migrations = filesIn('src/store/migrations').map(textOf).join('\n')
    const tables = found(migrations, /^CREATE TABLE (\w+)/gm).map((name) => `D1 ${name}`)
    expect(tables.length).toBeGreaterThan(15)
    expect(tables.filter((name) => !isListed(name))).toEqual([])
    expect(stored.filter((name) => name.startsWith('D1 ') && !tables.includes(name))).toEqual([])
  })

  it('has every table of a Durable Object, and every class', () => {
    const tables = unique(
      sources
        .flatMap((name) => found(textOf(name), /CREATE TABLE (\w*)/g))
        .flatMap((name) => NAMED_BY_CODE[name] ?? [name]),
    )
    expect(tables.length).toBeGreaterThan(25)
    const ofObjects = stored.filter((name) => /^[A-Z][a-z]\w+ /.test(name))
    expect(
      unique(ofObjects.flatMap((name) => name.split(' ')[1] ?? []).filter((name) => name !== 'kv')),
    ).toEqual(tables)
    const classes = sources.flatMap((name) =>
      found(textOf(name), /^export class (\w+) extends DurableObject/gm),
    )
    expect(unique(ofObjects.flatMap((name) => name.split(' ')[0] ?? []))).toEqual(unique(classes))
    for (const name of classes) expect(ofObjects, 'what it keeps beside its tables').toContain(`${name} kv`)
  })

  it('has every bucket and every queue', () => {
    const text = configurations.join('\n')
    const names = [
      ...found(text, /^bucket_name = "([\w-]+)"/gm).map((name) => `R2 ${name}`),
      ...found(text, /^(?:queue|dead_letter_queue) = "([\w-]+)"/gm).map((name) => `queue ${name}`),
    ]
    expect(unique(stored.filter((name) => /^(?:R2|queue) /.test(name)))).toEqual(unique(names))
  })

  it('has each once', () => {
    expect(stored).toHaveLength(new Set(stored).size)
    expect(PLACES).toHaveLength(new Set(PLACES.map(({ name }) => name)).size)
  })

  it.each(PLACES)('says of $name whether it holds something personal, and what becomes of it', (place) => {
    const { holds, why, erasing, erase, remains } = place
    expect(holds === null ? why : (erasing ?? remains ?? why)).toBeTruthy()
    if (erase !== undefined) expect(erasing).toBeTruthy()
  })

  it('has all parts of an export, and all that an erasure searches in the store', () => {
    expect(Object.keys(PARTS).toSorted()).toEqual(PART_NAMES.toSorted())
    const erased = PLACES.filter(({ erasing }) => erasing !== undefined).map(({ name }) => name)
    expect(erased).toEqual(expect.arrayContaining(STORE_PLACES.map(({ name }) => name)))
    // A column with people in it, or under a person's index.
    const migrations = filesIn('src/store/migrations').map(textOf).join('\n')
    const named = [
      ...found(migrations, /^CREATE TABLE (\w+) \([^;]*?^  (?:recipient|person) BLOB/gm),
      ...found(migrations, /^ALTER TABLE (\w+) ADD COLUMN people/gm),
    ]
    expect(named.length).toBeGreaterThan(6)
    const personal = PLACES.filter(({ holds }) => holds !== null).flatMap((place) => place.stored)
    expect(named.filter((name) => !personal.includes(`D1 ${name}`))).toEqual([])
  })

  it('is in SECURITY.md', () => {
    const rows = PLACES.map(({ stored: where, holds, erasing, remains, why }) => {
      const after = [erasing, why, ...(remains ?? []).map((one) => `${one.what}: ${one.why}`)]
      const text = after.filter((one) => one !== undefined).join(' ')
      return `| ${where.join(', ')} | ${holds ?? 'nothing'} | ${text} |`
    })
    const [, section = ''] = textOf('SECURITY.md').split(
      '| where | of a person | after an erasure |\n|---|---|---|\n',
    )
    expect(section.split('\n\n')[0]).toBe(rows.join('\n'))
  })
})

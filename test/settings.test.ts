/** Promises of every setting of a document: people can read it everywhere, and something uses it. */
import path from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CHANNEL_KINDS } from '../src/channels/index.ts'
import { channelSettings } from '../src/channels/document.ts'
import {
  type Setting,
  hintOf,
  setting,
  settingsIn,
  valueIn,
  valueWords,
  withValue,
} from '../src/platform/settings.ts'
import { DESTINATION_SETTINGS } from '../src/registry/destinations/document.ts'
import { SOURCE_SETTINGS } from '../src/registry/sources/document.ts'
import { readTree, withoutComments } from './support/tree.ts'

const DOCUMENTS: readonly (readonly [string, readonly Setting[]])[] = [
  ['source', SOURCE_SETTINGS],
  ['destination', DESTINATION_SETTINGS],
  ...CHANNEL_KINDS.map((kind) => [kind, channelSettings(kind)] as const),
]

/** Code that could act by a setting, without the rows that declare settings and without what shows, asks or writes them. */
const readers = [...readTree(path.join(import.meta.dirname, '..'), ['src'])]
  .filter(([file]) => !/^src\/(?:api|cli|simulator|console\/pages)\/|document\.ts$/.test(file))
  .map(([, text]) => withoutComments(text).replaceAll(/^ +\w+: setting\(/gm, ''))
  .join('\n')

/** `x.name`, `{ name }` or `{ name: other }`. */
const isRead = (path: string): boolean => {
  const name = path.split('.').at(-1) ?? ''
  return new RegExp(`\\.${name}\\b|[{,]\\s*${name}\\s*[,}:=]`).test(readers)
}

describe.each(DOCUMENTS)('each setting of a %s', (_name, settings) => {
  it('has a label of its own, a description, and a hint that ends', () => {
    expect(settings.filter(({ label, description }) => label === '' || description === '')).toEqual([])
    expect(new Set(settings.map(({ label }) => label)).size).toBe(settings.length)
    expect(settings.map(hintOf).filter((hint) => !hint.endsWith('.'))).toEqual([])
  })

  it('is read by something', () => {
    const policies = settings.filter(({ path }) => path.startsWith('containment.'))
    expect(
      settings.filter((one) => !policies.includes(one) && !isRead(one.path)).map((one) => one.path),
    ).toEqual([])
  })
})

it('a setting that nothing reads is found', () => expect(isRead('limits.neverReadByAnything')).toBe(false))

describe('a row', () => {
  const [one, inner, flag, list] = settingsIn({
    wait_seconds: setting(
      v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(7_200)), 90),
      'Wait',
      'How long.',
    ),
    batch: v.optional(
      v.strictObject({
        max: setting(v.optional(v.number()), 'Most', 'So many.', { unset: 'no limit', group: 'Batch' }),
      }),
    ),
    on: setting(v.optional(v.boolean(), false), 'On', 'Whether it is on.'),
    names: setting(v.array(v.string()), 'Names', 'Who.'),
    hidden: v.optional(v.string()),
  }) as [Setting, Setting, Setting, Setting]

  it('says its meaning, bounds and default', () =>
    expect([one, inner, flag, list].map(hintOf)).toEqual([
      'How long. 1 to 7,200. Default: 90 seconds.',
      'So many. Default: no limit.',
      'Whether it is on. Default: no.',
      'Who.',
    ]))

  it('says its value in words, and what holds without one', () =>
    expect([
      valueWords(one, 3_600),
      valueWords(one, undefined),
      valueWords(inner, undefined),
      valueWords(flag, true),
      valueWords(list, ['a', 'b']),
    ]).toEqual(['1 hour', '90 seconds', 'no limit', 'yes', 'a, b']))

  it('reads a text, and puts the value at its path', () => {
    expect(valueIn(inner, '12')).toBe(12)
    expect(valueIn(inner, 'twelve')).toBe('twelve')
    expect(valueIn(list, 'a, b\nc')).toEqual(['a', 'b', 'c'])
    expect(withValue({ on: true }, 'batch.max', 12)).toEqual({ on: true, batch: { max: 12 } })
    expect(withValue({ on: true, batch: { max: 12 } }, 'batch.max', undefined)).toEqual({ on: true })
    expect(withValue({ on: true, batch: { max: 12 } }, 'batch', undefined)).toEqual({ on: true })
  })
})

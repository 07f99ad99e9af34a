/** One word a field: what stands above a column is the same on a page, on the command line and in a form. */
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { labelOf } from '../src/api/labels.ts'
import { CHANNEL_KINDS } from '../src/channels/index.ts'
import { channelSettings } from '../src/channels/document.ts'
import { DESTINATION_SETTINGS } from '../src/registry/destinations/document.ts'
import { SOURCE_SETTINGS } from '../src/registry/sources/document.ts'
import { readTree, withoutComments } from './support/tree.ts'

const ROOT = path.join(import.meta.dirname, '..')

/** Columns that are called by what the row is, or hold something else under the same name. */
const OTHERS: Readonly<Record<string, string>> = {
  id: 'names the row: a message, a backup, a session',
  name: 'names the row: a channel, a field, a check',
  count: 'counts what the table is about',
  code: 'is said as a sentence on pages',
  since: 'is the oldest entry of a place in the table of a person',
  until: 'is the newest entry of a place in the table of a person',
  from: 'is the sender in a channel for mail',
  to: 'is what a field is read as today, and the recipients of a channel for mail',
  'erasures/certificate.tsx what': 'is done to a place',
  'people/suppression.tsx who': 'may be a source',
  'destinations/facts.tsx at': 'is the beginning of an hour',
  'settings/health.tsx fault': 'is whether a part answers',
  'suppressions/policy.tsx rule': 'is told in three columns',
  'sources/list.tsx url': 'is the webhook URL',
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/(?:_at)?_ms$/, '_at')

/** Columns of pages whose cell is made of one field, which has the name of a field of the API, or the same in our own spelling. */
const COLUMN = /label: '([^']+)',\s*(?:kind: '\w+',\s*)?cell: \(\{ (\w+)(?:: \w+)?(?: = \w+)? \}\) =>/g

const columns = [...readTree(ROOT, ['src/console/pages'])].flatMap(([file, text]) =>
  [...withoutComments(text).matchAll(COLUMN)].map(([, label = '', name = '']) => ({
    at: `${file.replace('src/console/pages/', '')} ${snake(name)}`,
    field: snake(name) === 'at_at' ? 'at' : snake(name),
    label,
  })),
)

/** Fields of columns of commands: the label stands above each, see `src/cli/out/table.ts`. */
const onCommands = new Set(
  [...readTree(ROOT, ['src/cli'])].flatMap(([, text]) =>
    [
      ...text.matchAll(
        /^( *).*(?:columns: |: Columns<[^=]*> = |table\()\[(?:\n([\s\S]*?)\n\1\]|(.*?)\](?![,\]]? \())/gm,
      ),
    ].flatMap(([, , rows = '', line = '']) => [
      ...[...rows.matchAll(/^ *(?:\[\s*)?'([a-z0-9_]+)',/gm)].map(([, name = '']) => name),
      ...[...line.matchAll(/(?:^|[[ ])'([a-z0-9_]+)'/g)].map(([, name = '']) => name),
    ]),
  ),
)

describe('a column', () => {
  it('is found on pages and commands', () => {
    expect(columns.length).toBeGreaterThan(100)
    expect(onCommands.size).toBeGreaterThan(60)
    for (const field of ['last_failed_at', 'minimum_severity', 'personal', 'problem'])
      expect(onCommands).toContain(field)
  })

  it('has the label of its field', () => {
    const wrong = columns
      .filter(({ field, at }) => onCommands.has(field) && !(field in OTHERS) && !(at in OTHERS))
      .filter(({ field, label }) => label !== labelOf(field))
    expect(wrong).toEqual([])
  })
})

it.each([
  ['last_failed_at', 'Given up'],
  ['minimum_severity', 'Minimum severity'],
  ['next_try_at', 'Next try'],
  ['attempts', 'Tries'],
  ['last_error', 'Last error'],
])('%s is %j', (field, label) => expect(labelOf(field)).toBe(label))

it('a setting that stands above a column of a command has its label', () => {
  const all = [SOURCE_SETTINGS, DESTINATION_SETTINGS, ...CHANNEL_KINDS.map(channelSettings)].flat()
  const wrong = all
    .filter(({ path: name, label }) => onCommands.has(name) && !(name in OTHERS) && labelOf(name) !== label)
    .map(({ path: name, label }) => `${name}: ${label}`)
  expect(wrong).toEqual([])
})

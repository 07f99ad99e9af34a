/** Forms that a version stores, answers, reads or logs: recorded with it, and changed only with the version. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { formsOfCheckout, tablesIn } from '../../scripts/forms/collect.ts'
import { type PresentForms, formProblems } from '../../scripts/forms/compare.ts'
import { type RecordedForms, isReleased, previousLine, readRecorded } from '../../scripts/forms/recorded.ts'
import { ROOT } from '../../scripts/workers.ts'
import { VERSION } from '../../src/cli/version.ts'

const OF_CHECKOUT = await formsOfCheckout()

describe('this version', () => {
  it('has the forms that are recorded of it, or a version of its own', async () => {
    const changelog = await readFile(`${ROOT}CHANGELOG.md`, 'utf8')
    const present = {
      version: VERSION,
      isReleased: isReleased(changelog, VERSION),
      forms: OF_CHECKOUT,
    }
    expect(formProblems(present, await readRecorded())).toEqual([])
  })

  it.each([
    /^migration 0001_store\.sql [0-9a-f]{8}$/,
    /^table registry\/audit 1 [0-9a-f]{8}$/,
    /^table registry\/owner-tables 1 /,
    /^class consumer Archive$/,
    /^setting gateway MASTER_KEY$/,
    /^queue consumer postern-dead$/,
    /^bucket console postern-backups$/,
    /^version event\/CONTENTS_VERSION \d+$/,
    /^route GET \/api\/events takes query type=.*email\.bounced/,
    /^route GET \/api\/events answers 200 \.events!\[\] is MailEvent$/,
    /^schema MailEvent \.recipient!:null$/,
    /^stored contents \.events!\[\]\.type!=.*email\.bounced/,
    /^stored source \.level:string|^stored source \.level=/,
    /^column 1 id:STRING$/,
    /^log delivery_accepted .*\brequest_id\b/,
  ])('has among its forms %s', (line) => {
    expect(OF_CHECKOUT.filter((one) => line.test(one))).not.toEqual([])
  })
})

const record = (version: string, forms: readonly string[], before?: RecordedForms): RecordedForms => ({
  version,
  previous: previousLine(before),
  forms,
})
const FORMS = [
  'class gateway Guard',
  'log alarm code',
  'migration 0001_a.sql 1',
  'route GET /a answers 200 .a:string',
]
const FIRST = record('1.0.0', FORMS)
const SECOND = record('1.1.0', [...FORMS, 'table registry/audit 1 a'], FIRST)
const present = (change: Partial<PresentForms>): PresentForms => ({
  version: '1.1.0',
  isReleased: true,
  forms: SECOND.forms,
  ...change,
})

describe('forms', () => {
  it.each<[what: string, present: PresentForms]>([
    ['as recorded', present({})],
    ['as recorded, of a version that is not released', present({ isReleased: false })],
    [
      'with one more, of a later version',
      present({ version: '1.2.0', isReleased: false, forms: [...SECOND.forms, 'log b'] }),
    ],
    [
      'with a class of its own and its tables, of a later version',
      present({
        version: '1.2.0',
        isReleased: false,
        forms: [...SECOND.forms, 'class gateway Mail', 'table gateway/mail 1 b'],
      }),
    ],
  ])('%s are well', (_what, given) => {
    expect(formProblems(given, [FIRST, SECOND])).toEqual([])
  })

  const later = { version: '1.2.0', isReleased: false }
  it.each<[what: string, present: PresentForms, recorded: RecordedForms[], says: RegExp]>([
    [
      'with one more, of a released version',
      present({ forms: [...SECOND.forms, 'route GET /a answers 200 .b:string'] }),
      [FIRST, SECOND],
      /^Forms are not as recorded of 1\.1\.0: raise the version in package\.json\.\n\+ route GET \/a answers 200 \.b:string$/,
    ],
    [
      'without one, of a version that is not released',
      present({ isReleased: false, forms: SECOND.forms.filter((line) => !line.startsWith('log')) }),
      [FIRST, SECOND],
      /not released yet, so record it again: npm run record:forms; or raise the version in package\.json\.\n- log alarm code$/,
    ],
    [
      'of a version before the last one that is recorded',
      present({ version: '1.0.0' }),
      [FIRST, SECOND],
      /package\.json has 1\.0\.0, and 1\.1\.0 is recorded/,
    ],
    [
      'of a released version that is not recorded',
      present({ version: '1.2.0' }),
      [FIRST, SECOND],
      /^1\.2\.0 is released, and not recorded: npm run record:state\.$/,
    ],
    [
      'with a table step that was changed',
      present({ ...later, forms: [...FORMS, 'table registry/audit 1 b'] }),
      [FIRST, SECOND],
      /^1\.1\.0 has stored by this, and it was changed or removed: table registry\/audit 1 a$/,
    ],
    [
      'with a migration that was changed, of a version that is recorded',
      present({ forms: SECOND.forms.map((line) => line.replace('a.sql 1', 'a.sql 2')) }),
      [
        FIRST,
        record(
          '1.1.0',
          SECOND.forms.map((line) => line.replace('a.sql 1', 'a.sql 2')),
          FIRST,
        ),
      ],
      /^1\.0\.0 has stored by this, .*: migration 0001_a\.sql 1$/,
    ],
    [
      'with a new class and another change',
      present({ ...later, forms: [...SECOND.forms, 'class gateway Mail', 'log b'] }),
      [FIRST, SECOND],
      /^A class comes or goes in a release of its own, .* Since 1\.1\.0: \+ class gateway Mail, and 1 other changes: \+ log b\.$/,
    ],
    [
      'after an earlier record that was changed',
      present({}),
      [record('1.0.0', [...FORMS, 'log b']), SECOND],
      /^The record before 1\.1\.0 was changed\./,
    ],
  ])('%s are not', (_what, given, recorded, says) => {
    expect(formProblems(given, recorded).join('\n')).toMatch(says)
  })
})

describe('a version', () => {
  it.each([
    ['# Changelog\n\n## 1.0.0\n\nNot released yet.\n\n## 0.9.0\n\nFaster.\n', '1.0.0', false],
    ['# Changelog\n\n## 1.0.0\n\nFaster.\n', '1.0.0', true],
    ['# Changelog\n\n## 1.0.0\n\nFaster.\n', '1.0.0-rc', false],
    ['# Changelog\n\n## Unreleased\n\n## 1.0.0\n\nFaster.\n', '1.1.0', false],
  ])('of %j: %s is released: %s', (changelog, version, released) => {
    expect(isReleased(changelog, version)).toBe(released)
  })
})

describe('tables', () => {
  it.each([
    ["const TABLE_STEPS = ['CREATE TABLE a (b)']\nmakeTables(storage, 'a', TABLE_STEPS)", ['table x/a 1 ']],
    [
      'const steps = (name: string) => [\n  `CREATE TABLE\n    a (b)`,\n  "x",\n]\nmakeTables(this.s, this.#a, steps(name))',
      ['table x/file 1 ', 'table x/file 2 '],
    ],
  ])('of %j are found', (text, lines) => {
    expect(tablesIn('x/y/file.ts', text).map((line) => line.replace(/\w{8}$/, ''))).toEqual(lines)
  })

  it('that cannot be read are named', () => {
    expect(() => tablesIn('x/y.ts', "makeTables(storage, 'a', stepsOf(z))")).toThrow(
      /^x\/y\.ts: makeTables needs a list/,
    )
  })
})

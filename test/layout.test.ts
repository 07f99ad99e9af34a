/** Rules of the tree: tables and folders agree, imports point one way, and papers name what exists. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SENDERS } from '../src/simulator/senders/index.ts'
import { ATTACKS } from '../src/cli/drill/attacks.ts'
import { CHECKS } from '../src/event/decision.ts'
import { FRESHNESS } from '../src/providers/freshness.ts'
import { PROVIDERS } from '../src/providers/index.ts'
import { ADAPTERS } from '../src/channels/index.ts'
import { PATTERNS } from '../src/watch/patterns/index.ts'
import { WORKERS } from '../scripts/workers.ts'
import { knownKindName } from '../src/watch/names.ts'
import { OPERATION_PATTERNS } from '../src/watch/operations/index.ts'
import { SIGNALS } from '../src/watch/signals/signals.ts'
import { UNUSUAL } from '../src/watch/unusual/unusual.ts'
import {
  type Tree,
  cycles,
  forbiddenImports,
  importsOf,
  offences,
  plainSecretComparisons,
  readTree,
} from './support/tree.ts'

const root = path.join(import.meta.dirname, '..')
const src = readTree(root, ['src'])
const imports = importsOf(src)
/** Without what runs on a person's machine and in the browser. */
const workers: Tree = new Map(
  [...src].filter(([file]) => !/^src\/(?:cli|simulator|console\/client)\//.test(file)),
)

const filesIn = (folder: string): string[] =>
  [...src.keys()]
    .filter((file) => path.posix.dirname(file) === folder)
    .map((file) => path.posix.basename(file).replace(/\.tsx?$/, ''))

const importedBy = (file: string): string[] =>
  imports.filter(({ from }) => from === file).map(({ to }) => path.posix.basename(to, '.ts'))

const textOf = (file: string): string =>
  existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : ''

describe('a provider', () => {
  const names = PROVIDERS.map(({ name }) => name).sort()
  // Cloudflare's own events come by a queue: nobody posts them, see src/simulator/email-service.ts.
  const posting = PROVIDERS.filter(({ methods }) => methods.length > 0).map(({ name }) => name)
  const files = filesIn('src/providers').filter((name) =>
    src.get(`src/providers/${name}.ts`)?.includes(' = provider({'),
  )

  it('is a file and a row of the table', () => expect(files.sort()).toEqual(names))

  it.each(posting)('%s has a sender of its own in the simulator', (name) => {
    expect(SENDERS.map(({ provider }) => provider)).toContain(name)
    expect(existsSync(path.join(root, `src/simulator/senders/${name}.ts`))).toBe(true)
  })

  it.each(posting)('%s has fixtures', (name) => {
    const folder = path.join(root, 'test/fixtures', name)
    expect(existsSync(folder) ? readdirSync(folder) : []).not.toEqual([])
  })

  it.each(names)('%s has a test', (name) => {
    expect(existsSync(path.join(root, `test/providers/${name}.test.ts`))).toBe(true)
  })

  it.each(names.filter((name) => name !== 'generic'))(
    '%s has the sources of its facts, and a day',
    (name) => {
      expect(FRESHNESS).toHaveProperty([name])
    },
  )

  it.each(names)('%s has a row in docs/providers.md', (name) => {
    const rows = textOf('docs/providers.md').match(/^\|.*$/gm) ?? []
    expect(rows.filter((row) => row.startsWith(`| \`${name}\``))).toHaveLength(1)
  })

  it.each(names)('%s has its secrets in that row, and each of them a form', (name) => {
    const provider = PROVIDERS.find((one) => one.name === name)
    const row = textOf('docs/providers.md').match(new RegExp(`^\\| \`${name}\`.*$`, 'm'))?.[0] ?? ''
    const forms = textOf('docs/providers.md').split('## The form of each secret')[1] ?? ''
    const slots = Object.keys(provider?.secrets ?? {})
    expect(slots.filter((slot) => slot !== 'esp_api_token' && !row.includes(`\`${slot}\``))).toEqual([])
    expect(slots.filter((slot) => !forms.includes(`\`${slot}\``))).toEqual([])
  })

  it('has no sender, fixture or test without it', () => {
    const folder = path.join(root, 'test/fixtures')
    // Besides those of providers there are the recorded states of versions.
    const fixtures = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name !== 'states')
    expect(SENDERS.map(({ provider }) => provider).filter((name) => !names.includes(name))).toEqual([])
    expect(fixtures.filter((name) => !names.includes(name))).toEqual([])
  })
})

describe('a pattern', () => {
  const kinds = PATTERNS.map(({ kind }) => kind)
  const files = filesIn('src/watch/patterns').filter((name) =>
    /^export const \w+: Pattern\b/m.test(src.get(`src/watch/patterns/${name}.ts`) ?? ''),
  )

  it('is a file and a row of the table', () => {
    const found = files.map((name) => name.replaceAll('-', '_'))
    expect(found.filter((kind) => !kinds.includes(kind))).toEqual([])
    expect(kinds.filter((kind) => !found.includes(kind))).toEqual([])
  })

  it.each(kinds)('%s has rows in test/watch/patterns.test.ts', (kind) =>
    expect(textOf('test/watch/patterns.test.ts')).toContain(`'${kind} `),
  )

  it.each(kinds)('%s has an attack in src/cli/drill/attacks.ts', (kind) =>
    expect(ATTACKS.map((attack) => attack.kind)).toContain(kind),
  )

  it('has no attack without it', () =>
    expect(ATTACKS.map(({ kind }) => kind).filter((kind) => !kinds.includes(kind))).toEqual([]))
})

it.each([...PATTERNS, ...OPERATION_PATTERNS, UNUSUAL].map(({ kind }) => kind))(
  'an incident of the kind %s has a name in src/watch/names.ts',
  (kind) => expect(knownKindName(kind)).toMatch(/^[A-Z]/),
)

describe('a signal', () => {
  it.each(Object.keys(SIGNALS))('%s is counted in test/watch/reading/read-minute.test.ts', (name) =>
    expect(textOf('test/watch/reading/read-minute.test.ts')).toContain(` ${name}: `),
  )
})

describe('tables hold exactly the files beside them', () => {
  it('schemes: each kind of credentials has its file, by name', () => {
    const credentials = src.get('src/providers/shared/presented-credentials.ts') ?? ''
    const kinds = [...credentials.matchAll(/readonly scheme: '([a-z0-9-]+)'/g)].map(([, name = '']) => name)
    const schemes = filesIn('src/gateway/authenticate').filter((name) =>
      /^export const [\s\S]{0,200}?\bScheme<\w+Credentials>/m.test(
        src.get(`src/gateway/authenticate/${name}.ts`) ?? '',
      ),
    )
    expect(schemes.sort()).toEqual(kinds.filter((name) => name !== 'none').sort())
    expect(importedBy('src/gateway/authenticate/schemes.ts')).toEqual(expect.arrayContaining(schemes))
  })

  it('checks: each has exactly its file, which exports it', () => {
    const names = CHECKS.map((name) => name.replaceAll('_', '-'))
    const helpers = ['guard-answer', 'index', 'level', 'record']
    expect(filesIn('src/gateway/check').sort()).toEqual([...names, ...helpers].sort())
    expect(importedBy('src/gateway/check/index.ts')).toEqual(expect.arrayContaining(names))
    for (const name of names) {
      const exported = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
      const form = new RegExp(`^export (?:const|function) ${exported}\\b[\\s\\S]{0,150}?\\): Finding\\b`, 'm')
      expect(src.get(`src/gateway/check/${name}.ts`)).toMatch(form)
    }
  })

  it('handlers', () => {
    const handlers = filesIn('src/consumer/handlers').filter((name) =>
      /^export const \w+: StoreHandler\b/m.test(src.get(`src/consumer/handlers/${name}.ts`) ?? ''),
    )
    expect(handlers).not.toEqual([])
    expect(importedBy('src/consumer/handlers/index.ts')).toEqual(expect.arrayContaining(handlers))
  })

  it('kinds of channels', () => {
    const kinds = filesIn('src/channels/kinds')
    expect(kinds).not.toEqual([])
    expect(importedBy('src/channels/index.ts')).toEqual(expect.arrayContaining(kinds))
    const rows = Object.keys(ADAPTERS).map((kind) => kind.replaceAll('_', '-'))
    expect(rows.sort()).toEqual(kinds.sort())
    const headings = headingsOf(textOf('docs/channels.md'))
    expect(Object.values(ADAPTERS).filter(({ label }) => !headings.includes(headingOf(label)))).toEqual([])
  })

  it('patterns of operation', () => {
    const patterns = filesIn('src/watch/operations').filter((name) =>
      /^export const \w+: OperationPattern</m.test(src.get(`src/watch/operations/${name}.ts`) ?? ''),
    )
    expect(patterns).not.toEqual([])
    expect(importedBy('src/watch/operations/index.ts')).toEqual(expect.arrayContaining(patterns))
  })
})

/** Imports that each folder may have besides itself. Nothing points upwards, and no Worker knows another. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  event: ['platform'],
  providers: ['event', 'platform'],
  // The APIs of ESPs.
  drivers: ['providers', 'platform'],
  store: ['event', 'platform'],
  outbound: ['platform'],
  addresses: ['outbound', 'store', 'event', 'platform'],
  // The adapters of channels say what the document of each kind needs.
  registry: ['channels', 'drivers', 'providers', 'event', 'platform'],
  refusals: ['event', 'platform'],
  channels: ['outbound', 'event', 'platform'],
  watch: ['addresses', 'channels', 'readers', 'store', 'event', 'platform'],
  readers: ['store', 'platform'],
  archive: ['readers', 'registry', 'store', 'event', 'platform'],
  destinations: ['outbound', 'readers', 'registry', 'store', 'event', 'platform'],
  // Objects that talk to the APIs of ESPs.
  'esp-accounts': ['drivers', 'outbound', 'readers', 'registry', 'providers', 'store', 'event', 'platform'],
  gateway: ['registry', 'refusals', 'providers', 'event', 'platform'],
  consumer: ['archive', 'destinations', 'esp-accounts', 'watch', 'providers', 'store', 'event', 'platform'],
  // The contract of the API, which command lines and scripts import: no Worker's code.
  api: ['addresses', 'providers', 'store', 'event', 'platform'],
  console: ['addresses', 'api', 'drivers', 'providers', 'store', 'event', 'platform'],
  // Programs on a person's machine. They judge and sign with the code of the Workers.
  simulator: ['providers', 'platform'],
  // prettier-ignore
  cli: ['api', 'addresses', 'simulator', 'console', 'gateway', 'destinations', 'watch', 'channels', 'registry', 'providers', 'store', 'event', 'platform'],
}

/** Objects of another Worker: import their types only. */
const TYPES_BELOW: Readonly<Record<string, readonly string[]>> = {
  // The object of incidents calls the registry and the refusal log.
  watch: ['api', 'registry', 'destinations', 'esp-accounts', 'refusals'],
  channels: ['api', 'registry', 'watch'],
  registry: ['api'],
  api: ['registry'],
  destinations: ['api'],
  'esp-accounts': ['api', 'watch'],
  consumer: ['registry'],
  console: ['registry', 'watch', 'channels', 'refusals', 'destinations', 'esp-accounts', 'archive'],
  simulator: ['watch'],
}

/** Files that these folders may import besides: data, words about data, names of objects. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  'src/registry/sources/document.ts': ['api', 'console'],
  'src/registry/sources/suppression-sync.ts': ['console'],
  'src/registry/sources/refuses-everything.ts': ['console', 'watch'],
  'src/registry/destinations/document.ts': ['api', 'console'],
  'src/registry/audit/entry.ts': ['console'],
  'src/registry/members.ts': ['channels', 'console', 'consumer', 'watch'],
  'src/registry/retention/document.ts': ['api', 'console', 'watch'],
  'src/registry/retention/kinds.ts': ['api', 'console'],
  'src/refusals/path-state.ts': ['console'],
  'src/refusals/refusal.ts': ['console', 'consumer', 'watch'],
  'src/channels/document.ts': ['api', 'console'],
  'src/channels/index.ts': ['api', 'console'],
  'src/watch/incidents/evidence.ts': ['console'],
  'src/watch/incidents/incident.ts': ['api', 'console'],
  'src/watch/incidents/report.ts': ['console'],
  'src/watch/main-cause.ts': ['console'],
  'src/watch/names.ts': ['channels', 'console', 'registry'],
  'src/watch/operations/bucket-down.ts': ['console'],
  'src/watch/operations/dependency-down.ts': ['console'],
  'src/watch/operations/facts.ts': ['console'],
  'src/watch/patterns/index.ts': ['console', 'registry'],
  'src/watch/containment/describe.ts': ['channels'],
  'src/watch/severity.ts': ['api', 'channels', 'console'],
  'src/watch/signals/attack-refusals.ts': ['console', 'refusals'],
  'src/watch/signals/forms.ts': ['refusals'],
  'src/watch/signals/signals.ts': ['api', 'console'],
  'src/watch/watchers/watcher-of.ts': ['console', 'simulator'],
  // The console exports the level of a source unless it is what the registry would choose.
  'src/registry/sources/default-strictness.ts': ['console'],
  'src/channels/delivery/deps.ts': ['console'],
  'src/channels/send.ts': ['console'],
  'src/outbound/post.ts': ['console'],
  // The command line reads files of the archive.
  'src/archive/columns.ts': ['cli'],
  // The object of incidents opens the secrets of channels, as destinations open theirs, and judges containments as the registry does.
  'src/registry/channels/view.ts': ['channels'],
  'src/registry/containment/check-measure.ts': ['watch'],
  // The watch says which ESP was not looked at for long.
  'src/providers/freshness.ts': ['watch'],
}

const folderOf = (file: string): string => file.split('/')[1] ?? ''

const folderRule: Parameters<typeof forbiddenImports>[1] = ({ from, typesOnly }) => {
  const folder = folderOf(from)
  const types = typesOnly ? (TYPES_BELOW[folder] ?? []) : []
  const folders = [folder, ...(BELOW[folder] ?? []), ...types].map((name) => `src/${name}/`)
  return [...folders, ...Object.keys(BESIDES).filter((file) => BESIDES[file]?.includes(folder))]
}

/** Stages in the order of a delivery's path. */
const STAGES = ['accept', 'authenticate', 'check', 'guard', 'normalize', 'enqueue']
/** Files that every stage shares: how it can end. The delivery's context is built around the stages, see `intake.ts`. */
const SHARED = ['src/gateway/outcome.ts']

const stageRule: Parameters<typeof forbiddenImports>[1] = ({ from, to }) => {
  const stage = STAGES.findIndex((name) => from.startsWith(`src/gateway/${name}/`))
  if (stage < 0 || !to.startsWith('src/gateway/')) return undefined
  return [...STAGES.slice(0, stage + 1).map((name) => `src/gateway/${name}/`), ...SHARED]
}

describe('imports', () => {
  it('point downwards, and to no other Worker', () => {
    expect(forbiddenImports(imports, folderRule)).toEqual([])
  })

  it('of a stage point to it and to those before it', () => {
    expect(forbiddenImports(imports, stageRule)).toEqual([])
  })

  it('name the folders that there are', () => {
    const folders = new Set([...src.keys()].map((file) => file.split('/')[1]))
    expect(folders).toEqual(new Set(Object.keys(BELOW)))
    expect(STAGES.filter((stage) => filesIn(`src/gateway/${stage}`).length === 0)).toEqual([])
  })

  it('are all needed, of those that the tables allow', () => {
    const across = imports.filter(({ from, to }) => to.startsWith('src/') && folderOf(from) !== folderOf(to))
    const isBelow = ({ from, to }: (typeof across)[number]) =>
      BELOW[folderOf(from)]?.includes(folderOf(to)) === true
    const isOfTypes = ({ from, to, typesOnly }: (typeof across)[number]) =>
      typesOnly && TYPES_BELOW[folderOf(from)]?.includes(folderOf(to)) === true
    const needed = new Set(
      across.map((one) => {
        const folder = folderOf(one.from)
        if (isBelow(one)) return `${folder} ${folderOf(one.to)}`
        return isOfTypes(one) ? `${folder} types of ${folderOf(one.to)}` : `${folder} ${one.to}`
      }),
    )
    const allowed = [
      ...Object.entries(BELOW).flatMap(([folder, names]) => names.map((name) => `${folder} ${name}`)),
      ...Object.entries(TYPES_BELOW).flatMap(([folder, names]) =>
        names.map((name) => `${folder} types of ${name}`),
      ),
      ...Object.entries(BESIDES).flatMap(([file, folders]) => folders.map((folder) => `${folder} ${file}`)),
    ]
    expect(allowed.filter((one) => !needed.has(one))).toEqual([])
  })

  it('of src come from src: what needs a checkout, or can make up a past, is handed in or never deployed', () => {
    const elsewhere = imports.filter(({ to }) => /^(?:scripts|bench|test)\//.test(to))
    expect(elsewhere.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
    const mains = WORKERS.map(({ config }) => {
      const [, main = ''] = /^main = "(.+)"$/m.exec(textOf(config)) ?? []
      return path.posix.join(path.posix.dirname(config), main)
    })
    expect(mains).toEqual(WORKERS.map(({ name }) => `src/${name}/index.ts`))
  })

  it('make no circle, in the scripts neither', () =>
    expect(cycles(importsOf(readTree(root, ['src', 'scripts', 'bench'])))).toEqual([]))

  it('of a simulated ESP come from no verifier and no provider', () => {
    const senders = importsOf(readTree(root, ['src/simulator/senders']))
    const shared = /^src\/(?:gateway|providers)\//
    expect(
      senders.filter(({ to }) => shared.test(to)).map(({ from, to }) => `${from} imports ${to}`),
    ).toEqual([])
  })
})

/** Workers and Durable Objects; the alarm that `changes.ts` sets goes by the clock of the platform. All else gets the time as a parameter. */
const READ_THE_CLOCK = [
  'src/archive/index.ts',
  'src/gateway/index.ts',
  'src/gateway/guard/guard.ts',
  'src/refusals/collector.ts',
  'src/refusals/refusal-log.ts',
  'src/registry/changes.ts',
  'src/registry/registry.ts',
  'src/consumer/index.ts',
  'src/destinations/index.ts',
  'src/esp-accounts/account.ts',
  'src/watch/incidents/deps.ts',
  'src/console/index.ts',
]

const without = (tree: Tree, ...allowed: readonly RegExp[]): Tree =>
  new Map([...tree].filter(([file]) => !allowed.some((form) => form.test(file))))

const readsClock = (line: string): boolean => /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/.test(line)
const prints = (line: string): boolean => /\bconsole\.\w+\(/.test(line)
const draws = (line: string): boolean => /\bMath\.random\b/.test(line)
const namesNoColumns = (line: string): boolean =>
  /\bINSERT (?:OR \w+ )?INTO \S+ (?:VALUES|SELECT)\b/.test(line)

describe('code', () => {
  it('compares no secret with ===', () => expect(plainSecretComparisons(src)).toEqual([]))

  it('reads the clock in entries alone, by one function', () => {
    expect(offences(without(workers, /^src\/platform\/clock\.ts$/), readsClock)).toEqual([])
    const clocks = ['src/platform/clock.ts', 'src/platform/system.ts']
    const readers = imports.filter(({ to, typesOnly }) => clocks.includes(to) && !typesOnly)
    const entries = new Set(readers.map(({ from }) => from).filter((file) => !clocks.includes(file)))
    expect([...entries].sort()).toEqual(READ_THE_CLOCK.toSorted())
  })

  it('prints through the log only', () => {
    expect(offences(without(workers, /^src\/platform\/log\.ts$/), prints)).toEqual([])
  })

  it('uses predictable random numbers for jitter alone, passed in by entries', () => {
    expect(offences(without(workers, /^src\/\w+\/index\.ts$/, /^src\/platform\/system\.ts$/), draws)).toEqual(
      [],
    )
  })

  it('names the columns that it inserts, since a later version may have added one', () => {
    expect(offences(src, namesNoColumns)).toEqual([])
  })

  it('makes tables of Durable Objects by steps', () => {
    const making = [...workers].filter(([, text]) => text.includes('CREATE TABLE')).map(([file]) => file)
    const stepping = imports.filter(({ to }) => to === 'src/platform/table-steps.ts').map(({ from }) => from)
    expect(making.filter((file) => !stepping.includes(file))).toEqual([])
  })
})

/** The Markdown files of a folder and of those below it. */
const pagesIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file))

describe('papers', () => {
  const papers = [
    'README.md',
    'ARCHITECTURE.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...pagesIn('docs'),
    ...pagesIn('bench'),
    ...pagesIn('src'),
  ]

  it.each(papers)('%s names only files that are there', (paper) => {
    expect(textOf(paper)).not.toBe('')
    const folder = path.dirname(paper)
    expect(
      namedFiles(textOf(paper)).filter(
        (file) => !existsSync(path.join(root, file)) && !existsSync(path.join(root, folder, file)),
      ),
    ).toEqual([])
  })

  it('CONTRIBUTING.md says of each folder of src what is in it', () => {
    const rows = [...textOf('CONTRIBUTING.md').matchAll(/^\| (`[\w-]+`(?:, `[\w-]+`)*) \|/gm)]
    const named = rows.flatMap(([, names = '']) => names.replaceAll('`', '').split(', '))
    expect(named.toSorted()).toEqual(readdirSync(path.join(root, 'src')).toSorted())
  })

  it('README.md is for somebody in a hurry: 200 lines at most', () =>
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200))

  it('src/watch/README.md names only functions that are there', () => {
    const named = [...textOf('src/watch/README.md').matchAll(/`(?:\w+\.)?(\w+)` \(`(src\/[\w./-]+)`\)/g)]
    expect(named).not.toEqual([])
    expect(
      named.filter(([, name, file = '']) => !new RegExp(`\\b${name}\\(`).test(textOf(file))).map(String),
    ).toEqual([])
  })

  it.each(papers)('%s links only to headings that are there', (paper) => {
    const folder = path.dirname(paper)
    const missing = linkedHeadings(textOf(paper)).filter(({ file, heading }) => {
      const target = file === '' ? paper : path.posix.join(folder, file)
      return !headingsOf(textOf(target)).includes(heading)
    })
    expect(missing).toEqual([])
  })

  it('list every decision once, with its number, title and date', () => {
    const files = readdirSync(path.join(root, 'docs/decisions')).filter((file) => /^\d/.test(file))
    const rows = textOf('docs/decisions/README.md').match(/^\| \d.*$/gm) ?? []
    const expected = files.toSorted().map((file) => {
      const [title = '', , date = ''] = textOf(`docs/decisions/${file}`).split('\n')
      const [, number = '', name = ''] = /^# (\d{3})\. (.+)$/.exec(title) ?? []
      return [number, `[${name}](${file})`, date]
    })
    const listed = rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
    expect(listed.map(([number, link, , date]) => [number, link, date])).toEqual(expected)
    expect(files.filter((file, i) => !file.startsWith(`${expected[i]?.[0]}-`))).toEqual([])
    expect(new Set(expected.map(([number]) => number)).size).toBe(files.length)
  })

  it('say of every decision why, what follows, and what would change our mind', () => {
    const files = pagesIn('docs/decisions').filter((file) => !file.endsWith('README.md'))
    const parts = ['Context', 'Decision', 'Consequences', 'What would change our mind']
    const wrong = files.filter(
      (file) =>
        textOf(file)
          .match(/^## .+$/gm)
          ?.join() !== parts.map((part) => `## ${part}`).join(),
    )
    expect(wrong).toEqual([])
  })

  it('say for every requirement which test holds it', () => {
    const table = textOf('SECURITY.md').split('## Requirements and their tests')[1] ?? ''
    const rows = (table.match(/^\|.*$/gm) ?? []).slice(2)
    expect(rows).not.toEqual([])
    expect(rows.filter((row) => !namedFiles(row).some((file) => /^test\/.*\.ts$/.test(file)))).toEqual([])
  })
})

/** Paths in code marks or links that begin with one of our folders or name a paper. */
const namedFiles = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|scripts|bench)\/[\w./-]+|[A-Z]+\.md)`|\]\((?!https?:|#)([\w./-]+)/g)].map(
    ([, marked, linked]) => marked ?? linked ?? '',
  )

/** Links to a heading: the file, empty for the paper itself, and the heading as GitHub writes it in an address. */
const linkedHeadings = (text: string): { readonly file: string; readonly heading: string }[] =>
  [...text.matchAll(/\]\((?!https?:)([\w./-]*)#([\w-]+)\)/g)].map(([, file = '', heading = '']) => ({
    file,
    heading,
  }))

const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => headingOf(heading))

const headingOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const sample = (file: string, text: string): Tree => new Map([[file, text]])
const between = (file: string, text: string) => importsOf(sample(file, text))

describe('the style sheet', () => {
  const style = readFileSync(path.join(root, 'src/console/pages/style/tokens.css'), 'utf8')
  const rules = readdirSync(path.join(root, 'src/console/pages/style'))
    .filter((name) => name.endsWith('.css'))
    .map((name) => readFileSync(path.join(root, 'src/console/pages/style', name), 'utf8'))
    .join('\n')
  const pages = [...src].filter(([file]) => file.startsWith('src/console/')).map(([, text]) => text)
  const isNamed = (name: string): boolean =>
    pages.some((text) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text))

  it('has no class that no page has', () => {
    const classes = new Set([...rules.matchAll(/\.([a-z][a-z-]*)/g)].map(([, name = '']) => name))
    expect([...classes].filter((name) => !isNamed(name))).toEqual([])
  })

  it('has no token that no rule uses', () => {
    const tokens = new Set([...style.matchAll(/^ {2}(--[a-z0-9-]+):/gm)].map(([, name = '']) => name))
    expect([...tokens].filter((name) => !rules.includes(`var(${name})`))).toEqual([])
  })
})

describe('these rules', () => {
  it.each([
    ['src/gateway/app.ts', `import { run } from '../consumer/consume.ts'`],
    ['src/providers/x.ts', `import { keyOf } from '../gateway/authenticate/keys.ts'`],
    ['src/platform/x.ts', `import type { MailEvent } from '../event/mail-event.ts'`],
    ['src/console/x.ts', `import { Registry } from '../registry/registry.ts'`],
    ['src/console/x.ts', `import { type SourceView, Registry } from '../registry/registry.ts'`],
    ['src/console/x.ts', `const { Registry } = await import('../registry/registry.ts')`],
    ['src/store/x.ts', `export * from '../providers/index.ts'`],
  ])('see an import that points upwards: %s, %s', (file, text) => {
    expect(forbiddenImports(between(file, text), folderRule)).toHaveLength(1)
  })

  it.each([
    ['src/console/x.ts', `import { type SourceView } from '../registry/sources/source.ts'`],
    ['src/console/x.ts', `import type { SourceView } from '../registry/sources/source.ts'`],
    ['src/console/x.ts', `import { SourceDocumentSchema } from '../registry/sources/document.ts'`],
    ['src/gateway/x.ts', `import { parse } from '../providers/native.ts'\nimport { x } from 'hono'`],
    ['src/platform/x.ts', `// import { x } from '../event/pack.ts'\n/* from '../event/pack.ts' */`],
  ])('allow %s, %s', (file, text) => {
    expect(forbiddenImports(between(file, text), folderRule)).toEqual([])
  })

  it.each([
    ['src/gateway/accept/x.ts', `import { check } from '../check/index.ts'`, 1],
    ['src/gateway/check/x.ts', `import { app } from '../app.ts'`, 1],
    ['src/gateway/check/x.ts', `import type { DeliveryContext } from '../delivery-context.ts'`, 1],
    ['src/gateway/check/x.ts', `import { pass } from '../outcome.ts'`, 0],
    ['src/gateway/guard/x.ts', `import type { Verified } from '../authenticate/verified.ts'`, 0],
    ['src/gateway/intake.ts', `import { enqueue } from './enqueue/index.ts'`, 0],
  ])('know the order of the stages: %s, %s', (file, text, count) => {
    expect(forbiddenImports(between(file, text), stageRule)).toHaveLength(count)
  })

  it('see a circle', () => {
    const circle: Tree = new Map([
      ['src/a.ts', `import { b } from './b.ts'`],
      ['src/b.ts', `import { c } from './c.ts'`],
      ['src/c.ts', `import type { A } from './a.ts'`],
    ])
    expect(cycles(importsOf(circle))).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts'])
  })

  it.each([
    ['if (token === env.TOKEN) return', 1],
    ['return secret.signature !== expected', 1],
    ['return toHex(mac) === presented.signature', 1],
    ['if (password == given) return', 1],
    ['ok = apiKey === (await load())', 1],
    ['return isHmac === takesText(slot)', 0],
    ["if (secret.kind === 'text') return", 0],
    ['if (signature === undefined) return', 0],
    ["if (token === '') return", 0],
    ['if (signature.byteLength !== LENGTH) return', 0],
    ['// token === other', 0],
  ])('see a comparison of secrets: %s', (line, count) => {
    expect(plainSecretComparisons(sample('src/x.ts', line))).toHaveLength(count)
  })

  it.each([
    [readsClock, 'const now = Date.now()', 1],
    [readsClock, 'const now = new Date()', 1],
    [readsClock, 'const at = new Date(ms)', 0],
    [prints, "console.log('x')", 1],
    [draws, 'Math.random()', 1],
    [namesNoColumns, "'INSERT OR REPLACE INTO links VALUES (?, ?)'", 1],
    [namesNoColumns, "'INSERT INTO links (sha256, ends_at) VALUES (?, ?)'", 0],
  ])('see %o in %s', (rule, line, count) => {
    expect(offences(sample('src/x.ts', line), rule)).toHaveLength(count)
  })

  it('see what a paper names', () => {
    const text =
      'See `src/a/b.ts`, `npm test`, [that](test/x.ts), [there](https://a.example/b), `README.md`, `src/<name>.ts`.'
    expect(namedFiles(text)).toEqual(['src/a/b.ts', 'test/x.ts', 'README.md'])
  })

  it('see which headings a paper links to', () => {
    expect(linkedHeadings('[a](#b-c), [d](x/y.md#e), [f](x.md), [g](https://a.example/#h)')).toEqual([
      { file: '', heading: 'b-c' },
      { file: 'x/y.md', heading: 'e' },
    ])
    expect(headingsOf("# The first, Bird's `one`\n\n## Second")).toEqual(['the-first-birds-one', 'second'])
  })
})

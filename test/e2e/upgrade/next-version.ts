/**
 * The next version of Postern: the present code with what docs/upgrading.md lets a release add. Each addition is a change of a text,
 * so that all else is the code as it is.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StandIns, bundle } from '../../../scripts/local/bundle.ts'
import type { Module } from '../../../scripts/local/runtime.ts'
import { ROOT, WORKERS } from '../../../scripts/workers.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'

type Addition = readonly [file: string, before: string, after: string]

/** Value that the next version's events have in their new field. */
export const ADDED = 'of the next version'
/** The statement of its migration, which runs before any of its code. */
export const MIGRATION = 'ALTER TABLE segments ADD COLUMN added TEXT'

const ADDITIONS: readonly Addition[] = [
  // A message: its envelope, its contents, the facts about the delivery, and each event.
  ['src/event/pack.ts', `version: 1 as const,\n`, `version: 1 as const,\n  added: '${ADDED}',\n`],
  ['src/event/envelope.ts', 'const CONTENTS_VERSION = 1', 'const CONTENTS_VERSION = 2'],
  [
    'src/event/envelope.ts',
    'JSON.stringify({ version: CONTENTS_VERSION, ...contents })',
    `JSON.stringify({
      version: CONTENTS_VERSION,
      added: '${ADDED}',
      ...contents,
      delivery: { ...contents.delivery, added: '${ADDED}' },
      events: contents.events.map((event) => ({ ...event, added: '${ADDED}' })),
    })`,
  ],
  [
    'src/event/mail-event.ts',
    '  metadata: v.record',
    '  added: v.optional(v.string()),\n  metadata: v.record',
  ],
  // The event in the store, and its column.
  [
    'src/store/stored-event.ts',
    '}\nexport type EventColumn',
    '  added: plain(({ event }) => event.added ?? null),\n}\nexport type EventColumn',
  ],
  [
    'src/store/segments.ts',
    'ids, fingerprints,\n    contents, originals)',
    'ids, fingerprints,\n    contents, originals, added)',
  ],
  [
    'src/store/segments.ts',
    `json_group_array(original))\n  FROM numbered`,
    `json_group_array(original)), '${ADDED}'\n  FROM numbered`,
  ],
  // Tables of objects: of each destination, and of the guard.
  [
    'src/destinations/memory/state.ts',
    'attempts BLOB NOT NULL)`,\n]',
    `attempts BLOB NOT NULL)\`,\n  \`ALTER TABLE state ADD COLUMN added TEXT DEFAULT '${ADDED}'\`,\n]`,
  ],
  [
    'src/destinations/memory/waiting.ts',
    'WHERE died_at IS NOT NULL`,\n]',
    `WHERE died_at IS NOT NULL\`,\n  \`ALTER TABLE waiting ADD COLUMN added TEXT\`,\n]`,
  ],
  // A setting of sources.
  [
    'src/registry/sources/document.ts',
    '  requireTls: ',
    `  addedSetting: v.optional(v.string(), '${ADDED}'),\n  requireTls: `,
  ],
]

/** @throws {Error} if an addition no longer fits the code */
async function standIns(folder: string): Promise<StandIns> {
  const texts = new Map<string, string>()
  for (const [file, before, after] of ADDITIONS) {
    const text = texts.get(file) ?? (await readFile(`${ROOT}${file}`, 'utf8'))
    if (text.split(before).length !== 2) throw new Error(`${file} does not have this once: ${before}`)
    texts.set(
      file,
      text.replace(before, () => after),
    )
  }
  const files = new Map<string, string>()
  for (const [file, text] of texts) {
    const copy = join(folder, file.replaceAll('/', '-'))
    await writeFile(copy, text)
    files.set(`${ROOT}${file}`, copy)
  }
  return files
}

export interface BothVersions {
  /** Of each Worker: both versions, and the switch between them. */
  readonly modules: (name: WorkerName, entry: string) => Promise<Module[]>
  /** Removes the files of the next version. */
  readonly remove: () => Promise<void>
}

export async function bothVersions(): Promise<BothVersions> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-next-'))
  const next = await standIns(folder)
  const modules: BothVersions['modules'] = async (name, entry) => {
    const config = WORKERS.find((worker) => worker.name === name)?.config ?? ''
    const classes = [...(await readFile(`${ROOT}${config}`, 'utf8')).matchAll(/^\[exports\.(\w+)\]$/gm)]
    return [
      {
        name: `${name}.js`,
        text: [
          `import * as old from './${name}-old.js'`,
          `import * as next from './${name}-next.js'`,
          `import { twoVersions } from './two-versions.js'`,
          'const { handlers, classNamed } = twoVersions(old, next)',
          'export default handlers',
          ...classes.map(([, className]) => `export const ${className} = classNamed('${className}')`),
        ].join('\n'),
      },
      { name: `${name}-old.js`, text: await bundle(entry) },
      { name: `${name}-next.js`, text: await bundle(entry, next) },
      {
        name: 'two-versions.js',
        text: await bundle(join(import.meta.dirname, '../entries/two-versions.ts')),
      },
    ]
  }
  return { modules, remove: () => rm(folder, { recursive: true }) }
}

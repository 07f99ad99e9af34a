/** Test files by what they import, directly or through others. Those that import nothing of the Workers runtime need none. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The specifier of each import and re-export, those of types alone left out. */
const IMPORTS =
  /^(?:import|export)\b(?!\s+type\b)[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

export interface Module {
  readonly path: string
  readonly isOfRuntime: boolean
  /** In `src` there is one that does, `src/platform/clock.ts`. */
  readonly readsClock: boolean
  /** Starts processes, Workers or SQLite, which have a clock of their own. */
  readonly startsOthers: boolean
  readonly imports: readonly string[]
}

function read(path: string): Module {
  const text = readFileSync(path, 'utf8')
  const specifiers = [...text.matchAll(IMPORTS)].map(
    ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '',
  )
  return {
    path,
    isOfRuntime: specifiers.some((specifier) => specifier.startsWith('cloudflare:')),
    readsClock: /\bDate\.now\b|\bnew Date\(\)/.test(text),
    startsOthers: specifiers.some((specifier) =>
      /^(?:node:child_process|node:sqlite|miniflare|wrangler)$/.test(specifier),
    ),
    imports: specifiers
      .filter((specifier) => specifier.startsWith('.') && /\.tsx?$/.test(specifier))
      .map((specifier) => join(dirname(path), specifier))
      // A test may hold the text of a module.
      .filter((file) => existsSync(file)),
  }
}

/** The modules that imports lead to from each test file, itself first. Paths are from the root, the folder of package.json, and sorted. */
export function testFiles(root: string): Map<string, readonly Module[]> {
  const modules = new Map<string, Module>()
  const moduleAt = (path: string): Module => {
    const module = modules.get(path) ?? read(path)
    modules.set(path, module)
    return module
  }
  const reachedFrom = (file: string): Module[] => {
    const seen = new Set([join(root, file)])
    for (const path of seen) for (const imported of moduleAt(path).imports) seen.add(imported)
    return [...seen].map(moduleAt)
  }
  const files = globSync('test/**/*.test.ts', { cwd: root }).toSorted()
  return new Map(files.map((file) => [file, reachedFrom(file)]))
}

export const pureTestFiles = (files: ReadonlyMap<string, readonly Module[]>): string[] =>
  [...files].filter(([, modules]) => !modules.some(({ isOfRuntime }) => isOfRuntime)).map(([file]) => file)

/** Test files whose Workers run under the clock of the test: the state of each earlier version is read by later days as well. */
const WITH_WORKERS = ['test/e2e/states.test.ts']

/** Test files in which the age of an object of R2 decides. R2 dates objects by the real clock. */
const BY_AGE_IN_R2 = [
  'test/console/retention/enforce.test.ts',
  'test/console/retention/kinds.test.ts',
  'test/console/retention/sweep.test.ts',
]

/** Test files that read the clock. Those that start what reads the real one are left out. */
export const clockTestFiles = (files: ReadonlyMap<string, readonly Module[]>): ReadonlySet<string> =>
  new Set(
    [...files]
      .filter(([, modules]) => modules.some(({ readsClock }) => readsClock))
      .filter(
        ([file, modules]) => WITH_WORKERS.includes(file) || !modules.some(({ startsOthers }) => startsOthers),
      )
      .map(([file]) => file)
      .filter((file) => !BY_AGE_IN_R2.includes(file)),
  )

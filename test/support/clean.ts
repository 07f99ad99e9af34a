/**
 * Every test file finds real globals, and fresh modules of tests, as in a process or runtime of its own, though files share one. Modules of
 * `src` and of packages stay. There are hundreds, and to evaluate them for each file took a third of its time. `test/projects.test.ts` asks
 * that they remember nothing.
 */
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { WITH_MEMORY } from './memory.ts'

/** The part of Vitest's state that `vi.resetModules` resets as a whole (5.1.1, `resetModules` in `dist/chunks/utils`). */
interface State {
  readonly evaluatedModules: { readonly idToModuleMap: ReadonlyMap<string, Evaluated> }
}

interface Evaluated {
  promise: unknown
  exports: unknown
  evaluated: boolean
  readonly importers: Set<string>
}

const { evaluatedModules } = (globalThis as unknown as { __vitest_worker__: State }).__vitest_worker__
const tests = fileURLToPath(new URL('..', import.meta.url).href)

const known = evaluatedModules.idToModuleMap
/** With whatever has imported them, which would go on with the old ones. */
const toReset = new Set([...known.keys()].filter((path) => path.startsWith(tests) || WITH_MEMORY.test(path)))
for (const path of toReset) for (const importer of known.get(path)?.importers ?? []) toReset.add(importer)
for (const path of toReset) {
  const module = known.get(path)
  if (module === undefined) continue
  module.promise = undefined
  module.exports = undefined
  module.evaluated = false
  module.importers.clear()
}

vi.restoreAllMocks()
vi.unstubAllGlobals()
vi.useRealTimers()

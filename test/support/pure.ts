/** Test files that need no Workers runtime: nothing that they import, directly or through others, comes from it. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The specifier of each import and re-export, those of types alone left out. */
const IMPORTS =
  /^(?:import|export)\b(?!\s+type\b)[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

interface Module {
  readonly isOfRuntime: boolean
  readonly imports: readonly string[]
}

function read(path: string): Module {
  const specifiers = [...readFileSync(path, 'utf8').matchAll(IMPORTS)].map(
    ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '',
  )
  return {
    isOfRuntime: specifiers.some((specifier) => specifier.startsWith('cloudflare:')),
    imports: specifiers
      .filter((specifier) => specifier.startsWith('.') && /\.tsx?$/.test(specifier))
      .map((specifier) => join(dirname(path), specifier))
      // A test may hold the text of a module.
      .filter((file) => existsSync(file)),
  }
}

/** Sorted paths from the root, the folder of package.json. */
export function pureTestFiles(root: string): string[] {
  const modules = new Map<string, Module>()
  const moduleAt = (path: string): Module => {
    const module = modules.get(path) ?? read(path)
    modules.set(path, module)
    return module
  }
  const isPure = (file: string): boolean => {
    const seen = new Set([join(root, file)])
    for (const path of seen) {
      const { isOfRuntime, imports } = moduleAt(path)
      if (isOfRuntime) return false
      for (const imported of imports) seen.add(imported)
    }
    return true
  }
  return globSync('test/**/*.test.ts', { cwd: root }).filter(isPure).toSorted()
}

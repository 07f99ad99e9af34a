/** Reads the project's own files and says which of the tree's rules they break. Rules are pure, so that each can be seen to fail. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Text of each file by its path from the root, with `/`. */
export type Tree = ReadonlyMap<string, string>

export interface Import {
  readonly from: string
  /** Path from the root, or a package's name. */
  readonly to: string
  readonly typesOnly: boolean
}

/** All TypeScript files under the given folders. */
export const readTree = (root: string, folders: readonly string[]): Tree =>
  new Map(
    folders
      .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }))
      .map((file) => file.split(path.sep).join('/'))
      .sort()
      .map((file) => [file, readFileSync(path.join(root, file), 'utf8')]),
  )

const FROM = /\b(?:import|export)\s+(type\s)?([^'";]*?)\bfrom\s*'([^']+)'/g
const BARE = /\bimport\s*\(?\s*'([^']+)'/g

/** Imports and re-exports of the files, from each other and from packages. */
export function importsOf(tree: Tree): Import[] {
  return [...tree].flatMap(([from, text]) => {
    const code = withoutComments(text)
    const resolved = (to: string) => (to.startsWith('.') ? path.posix.join(path.posix.dirname(from), to) : to)
    const named = [...code.matchAll(FROM)].map(([, type, names = '', to = '']) => ({
      from,
      to: resolved(to),
      typesOnly: type !== undefined || allAreTypes(names),
    }))
    const bare = [...code.matchAll(BARE)].map(([, to = '']) => ({ from, to: resolved(to), typesOnly: false }))
    return [...named, ...bare]
  })
}

/** `{ type A, type B }` imports nothing that runs. */
function allAreTypes(names: string): boolean {
  const listed = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
  return listed !== undefined && listed.split(',').every((name) => /^\s*(?:type\s.*)?$/s.test(name))
}

/** Good enough for our own code: block comments, and line comments that no string or URL begins. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[\s;{}(),])\/\/.*$/gm, '$1')

/** Imports that a table of folders does not allow. `allowed` says for a file which beginnings of paths it may import. */
export const forbiddenImports = (
  imports: readonly Import[],
  allowed: (entry: Import) => readonly string[] | undefined,
): string[] =>
  imports
    .filter((entry) => entry.to.startsWith('src/'))
    .filter((entry) => allowed(entry)?.every((start) => !entry.to.startsWith(start)) ?? false)
    .map(({ from, to }) => `${from} imports ${to}`)

/** Circles of imports, each as the files on it. What imports types only counts too: it is read together all the same. */
export function cycles(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const met = way.indexOf(file)
    if (met >= 0) found.push([...way.slice(met), file].join(' → '))
    if (met >= 0 || done.has(file)) return
    for (const to of targets.get(file) ?? []) visit(to, [...way, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return found
}

const COMPARED = /([\w$.?[\]()]+)\s*[!=]==?\s*([\w$.?[\]()'"`-]+)/g
const SECRET_NAME = /(?:secret|signature|token|password|credential|digest|apikey|hmac)s?$/i
/** `isHmac` is a question and not a secret. */
const namesSecret = (name: string): boolean => SECRET_NAME.test(name) && !/^(?:is|has)[A-Z]/.test(name)

/** A word in a table, a number, nothing at all: no secret is written in the code. */
const LITERAL = /^(?:['"`]|-?[0-9]|(?:undefined|null|true|false)$)/

/** Places where something that is named like a secret is compared with `===`, which tells by time how far it matched. */
export const plainSecretComparisons = (tree: Tree): string[] =>
  offences(tree, (line) =>
    [...line.matchAll(COMPARED)].some((match) => {
      const sides = [match[1] ?? '', match[2] ?? ''].map((side) => side.replace(/[)?\]]+$/, ''))
      const names = sides.map((side) => side.split(/[.[(]/).at(-1) ?? '')
      return sides.every((side) => !LITERAL.test(side)) && names.some(namesSecret)
    }),
  )

/** Lines that a rule does not allow, as `path:line`. */
export const offences = (tree: Tree, breaks: (line: string) => boolean): string[] =>
  [...tree].flatMap(([file, text]) =>
    blankedComments(text)
      .split('\n')
      .flatMap((line, i) => (breaks(line) ? [`${file}:${i + 1}`] : [])),
  )

/** Without comments, with the same number of lines. */
const blankedComments = (text: string): string =>
  withoutComments(text.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, '')))

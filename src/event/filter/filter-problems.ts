/** Problems of a filter, in words: all of them at once, and never a value. */
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { isObject } from '../../platform/json.ts'
import { unknownName } from '../../platform/nearest.ts'
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import { EVENT_TYPES } from '../mail-event.ts'
import { conditionProblems } from './condition-problems.ts'
import { type Filter, SOURCES_MAX } from './filter.ts'
import { Problems, below } from './problems.ts'

/**
 * Never throws, for any document that JSON can carry. Its work and the number of problems are bounded.
 *
 * @param path where the filter stands in its document, such as `filter`; empty if it is the document
 */
export function filterProblems(value: unknown, path: string): DocumentProblem[] {
  const problems = new Problems()
  if (!isObject(value)) {
    problems.add(path, 'Must be an object.')
    return problems.found
  }
  for (const [name, part] of Object.entries(value)) {
    const known = isPart(name)
    const at = below(path, name, known)
    if (known) PARTS[name](part, at, problems)
    else if (problems.hasRoomFor(path, name))
      problems.add(at, unknownName('setting', name, Object.keys(PARTS)))
    else break
  }
  return problems.found
}

type Part = (value: unknown, path: string, problems: Problems) => void

const PARTS: Readonly<Record<keyof Filter, Part>> = {
  types: (value, path, problems) =>
    eachOf(value, EVENT_TYPES.length, path, problems, (type) =>
      EVENT_TYPES.some((known) => known === type) ? undefined : unknownType(type),
    ),
  sources: (value, path, problems) =>
    eachOf(value, SOURCES_MAX, path, problems, (name) =>
      RESOURCE_NAME.test(name)
        ? undefined
        : 'Must be the name of a source: 1 to 64 lowercase letters, digits and hyphens.',
    ),
  where: conditionProblems,
}

const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name)

function eachOf(
  value: unknown,
  max: number,
  path: string,
  problems: Problems,
  problemOf: (text: string) => string | undefined,
): void {
  if (!Array.isArray(value)) return problems.add(path, 'Must be a list.')
  // A list of nothing would match nothing, and its author may have meant everything.
  if (value.length === 0) return problems.add(path, 'Must have at least 1 entry. Leave it out to match all.')
  if (value.length > max) return problems.add(path, `Must have at most ${max} entries.`)
  for (const [i, one] of value.entries()) {
    const problem = typeof one === 'string' ? problemOf(one) : 'Must be text.'
    if (problem !== undefined) problems.add(below(path, String(i), true), problem)
  }
}

/** `bounced` for `email.bounced` is a likely mistake. */
const unknownType = (typed: string): string =>
  unknownName('event type', typed.includes('.') ? typed : `email.${typed}`, EVENT_TYPES)

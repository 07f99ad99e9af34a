/** Problems in the conditions of a filter. */
import { isObject } from '../../platform/json.ts'
import { unknownName } from '../../platform/nearest.ts'
import { MailEventSchema } from '../mail-event.ts'
import { COMBINING, OPERATOR_NAMES } from './conditions.ts'
import { type Place, operandProblem, scalarProblem } from './operand-problem.ts'
import { OPERATORS, isOperator } from './operators.ts'
import { type Problems, below } from './problems.ts'

const EVENT_FIELDS = Object.keys(MailEventSchema.entries)

/** Far deeper than a person writes, and far from the end of the stack. */
const DEPTH_MAX = 10
/** Longer than the names that ESPs let one give to metadata. */
const NAME_MAX_CHARACTERS = 256

const LISTS: readonly string[] = ['tags', 'other_message_ids']

const placeOf = (field: string): Place =>
  field === 'metadata' ? 'open' : field === 'automated' ? 'flag' : LISTS.includes(field) ? 'texts' : 'text'

/** @param path of the condition */
export const conditionProblems = (condition: unknown, path: string, problems: Problems): void =>
  check({ condition, path, place: 'event', depth: 1 }, problems)

interface Checked {
  readonly condition: unknown
  readonly path: string
  readonly place: Place
  readonly depth: number
}

function check({ condition, path, place, depth }: Checked, problems: Problems): void {
  if (depth > DEPTH_MAX) return problems.add(path, `Must be at most ${DEPTH_MAX} levels deep.`)
  const isFields = isObject(condition)
  if (place === 'event' && !isFields) return problems.add(path, 'Must be an object of fields of the event.')
  if (!isFields && !Array.isArray(condition)) {
    const problem = scalarProblem(condition, place)
    return problem === undefined ? undefined : problems.add(path, problem)
  }
  if (!isFields && (place === 'text' || place === 'flag'))
    return problems.add(path, 'This field is no list. Use $in for one of several values.')
  const entries = Object.entries(condition)
  if (entries.length === 0) return problems.add(path, 'Must not be empty.')
  for (const [name, right] of entries) {
    if (!problems.hasRoomFor(path, name, right)) return
    const entry = { name, condition: right, path, place, depth: depth + 1 }
    if (isFields) checkEntry(entry, problems)
    else check({ ...entry, path: below(path, name, true) }, problems)
  }
}

interface Entry extends Checked {
  readonly name: string
}

function checkEntry({ name, ...entry }: Entry, problems: Problems): void {
  const { condition, path, place } = entry
  if (COMBINING.includes(name))
    return checkCombined({ ...entry, name, path: below(path, name, true) }, problems)
  if (isOperator(name)) {
    const at = below(path, name, true)
    if (place === 'event')
      return problems.add(at, 'Compares a field, so it must stand below the name of the field.')
    const problem = operandProblem(OPERATORS[name].operand, condition, place, (value) =>
      problems.hasRoomFor(at, value),
    )
    return problem === undefined ? undefined : problems.add(at, problem)
  }
  if (name.startsWith('$')) return problems.add(path, unknownName('operator', name, OPERATOR_NAMES))
  checkField({ ...entry, name }, problems)
}

function checkCombined({ name, ...entry }: Entry, problems: Problems): void {
  const { condition, path } = entry
  if (name === '$not') return check(entry, problems)
  if (!Array.isArray(condition) || condition.length === 0)
    return problems.add(path, 'Must be a list of at least one condition.')
  for (const [i, one] of condition.entries()) {
    if (!problems.hasRoomFor(path, one)) return
    check({ ...entry, condition: one, path: below(path, String(i), true), depth: entry.depth + 1 }, problems)
  }
}

function checkField({ name, ...entry }: Entry, problems: Problems): void {
  const { path, place } = entry
  if (place !== 'event' && place !== 'open')
    return problems.add(
      below(path, name),
      `Only metadata has fields of its own. ${unknownName('operator', `$${name}`, OPERATOR_NAMES)}`,
    )
  if (place === 'open') {
    if (name.length > NAME_MAX_CHARACTERS)
      return problems.add(path, `The name of a field must have at most ${NAME_MAX_CHARACTERS} characters.`)
    return check({ ...entry, path: below(path, name) }, problems)
  }
  if (!EVENT_FIELDS.includes(name))
    return problems.add(below(path, name), unknownName('field', name, EVENT_FIELDS))
  check({ ...entry, place: placeOf(name), path: below(path, name, true) }, problems)
}

/**
 * Conditions on the fields of an event, compiled to a test. All parts of a condition must hold. A missing field counts as null: an event has
 * every field, and those for which the ESP gives no value are null. Only own properties are fields.
 */
import { type JsonObject, isObject } from '../../platform/json.ts'
import { OPERATORS, type Test, equals, isOperator } from './operators.ts'

/** Operators whose right side is a condition or a list of conditions. They look at the field as a whole, also at a list. */
const COMBINED: Readonly<Record<string, (conditions: readonly Test[]) => Test>> = {
  $or: (conditions) => (value) => conditions.some((holds) => holds(value)),
  $and: (conditions) => (value) => conditions.every((holds) => holds(value)),
  $not: (conditions) => (value) => !conditions.some((holds) => holds(value)),
}

export const COMBINING: readonly string[] = Object.keys(COMBINED)
export const OPERATOR_NAMES: readonly string[] = [...Object.keys(OPERATORS), ...COMBINING]

/** @param condition without problems, see `filter-problems.ts` */
export function conditionOf(condition: unknown): Test {
  if (Array.isArray(condition)) return containsAll(condition.map(conditionOf))
  if (!isObject(condition)) return equals(condition)
  const entries = Object.entries(condition)
  const tests = entries
    .filter(([name]) => name.startsWith('$'))
    .map(([name, right]) => operation(name, right))
  const fields = entries.filter(([name]) => !name.startsWith('$')).map(([name, right]) => field(name, right))
  if (fields.length > 0) tests.push(someObject(fields))
  return (value) => tests.every((holds) => holds(value))
}

/** A list of conditions: the field is a list, and each condition holds for one of its values. */
const containsAll =
  (conditions: readonly Test[]): Test =>
  (value) =>
    Array.isArray(value) && conditions.every((holds) => value.some((one) => holds(one)))

function operation(name: string, right: unknown): Test {
  if (isOperator(name)) return OPERATORS[name].test(right)
  const combine = Object.hasOwn(COMBINED, name) ? COMBINED[name] : undefined
  if (combine === undefined)
    throw new Error('A saved filter has an operator that this version does not know.')
  return combine(name === '$not' ? [conditionOf(right)] : (right as readonly unknown[]).map(conditionOf))
}

function field(name: string, right: unknown): FieldTest {
  const holds = conditionOf(right)
  return (object) => holds(Object.hasOwn(object, name) ? object[name] : null)
}

type FieldTest = (object: JsonObject) => boolean

/** Of a list of objects, one must have all the fields. What is no object has none: all its fields are missing. */
function someObject(fields: readonly FieldTest[]): Test {
  const matches: Test = (value) => fields.every((holds) => holds(isObject(value) ? value : {}))
  return (value) => (Array.isArray(value) ? value.some((one) => matches(one)) : matches(value))
}

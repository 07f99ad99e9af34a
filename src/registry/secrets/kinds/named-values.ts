/** Custom headers or query parameters with their secret values, by name. */
import { isObject } from '../../../platform/json.ts'
import { type KindOfSecret, type KindProblem, accept, wrong } from '../kind.ts'
import { textProblem } from '../text-problem.ts'

const MAX_NAMES = 8

/** A header's name (RFC 9110 section 5.1); it serves for query parameters as well. */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/

export const namedValues: KindOfSecret = {
  check(value) {
    if (!isObject(value)) return wrong('Must be an object of names and secret values.')
    const entries = Object.entries(value)
    if (entries.length === 0) return wrong('Names no value: at least one is needed.')
    if (entries.length > MAX_NAMES) return wrong(`Has too many names: at most ${MAX_NAMES}.`)
    const problems = entries.flatMap(([name, secret]): KindProblem[] => {
      if (!NAME.test(name)) return [{ problem: 'Has a name that no header and no query parameter can have.' }]
      const problem = textProblem(secret)
      return problem === undefined ? [] : [{ field: name, problem }]
    })
    if (problems.length > 0) return { ok: false, problems }
    return accept({ kind: 'named-values', values: Object.fromEntries(entries) as Record<string, string> })
  },
}

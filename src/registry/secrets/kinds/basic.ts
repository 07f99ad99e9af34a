/** A user name and a password for HTTP Basic. */
import { isObject } from '../../../platform/json.ts'
import { type KindOfSecret, type KindProblem, accept, wrong } from '../kind.ts'
import { textProblem } from '../text-problem.ts'
import { unknownFields } from '../fields.ts'

const FIELDS = ['username', 'password'] as const

export const basic: KindOfSecret = {
  check(value) {
    if (!isObject(value)) return wrong('Must be an object with "username" and "password".')
    const { username, password } = value
    const problems: KindProblem[] = unknownFields(value, FIELDS)
    const nameProblem = usernameProblem(username)
    if (nameProblem !== undefined) problems.push({ field: 'username', problem: nameProblem })
    const passwordProblem = textProblem(password)
    if (passwordProblem !== undefined) problems.push({ field: 'password', problem: passwordProblem })
    if (problems.length > 0) return { ok: false, problems }
    return accept({ kind: 'basic', username: username as string, password: password as string })
  },
}

/** RFC 7617 section 2: no colon and no control characters. An empty name is allowed there: the password is the secret. */
function usernameProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Must be text.'
  if (value.length > 256) return 'Is too long: at most 256 characters.'
  if (value.includes(':')) return 'Must not hold a colon: it ends the user name.'
  return /[\p{Cc}\p{Cs}]/u.test(value) ? 'Holds control characters or broken Unicode.' : undefined
}

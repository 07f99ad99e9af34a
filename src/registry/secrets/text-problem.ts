/** Checks a text that is used as a secret. */
import { SECRET_MIN_CHARACTERS, isPlaceholder } from '../../platform/weak-secret.ts'
import { whatIsPasted } from './pasted.ts'

/** Longer than any key of an ESP. A longer text is a pasted file. */
const MAX_CHARACTERS = 4_096

/** The problem in one sentence; `undefined` for a usable secret. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Must be text.'
  if (value === '') return 'Is empty.'
  if (value.trim() === '') return 'Is blank.'
  const pasted = whatIsPasted(value)
  if (pasted?.neverSecretText === true) return `Must be a secret text, but this is ${pasted.name}.`
  if (value !== value.trim()) return 'Begins or ends with white space: paste it without.'
  if (value.length < SECRET_MIN_CHARACTERS)
    return `Is too short to be a secret: at least ${SECRET_MIN_CHARACTERS} characters.`
  if (value.length > MAX_CHARACTERS) return `Is too long: at most ${MAX_CHARACTERS} characters.`
  if (isPlaceholder(value)) return 'Is a placeholder: put the real secret here.'
  if (/[\p{Cc}\p{Cs}]/u.test(value)) return 'Holds control characters or broken Unicode.'
  return undefined
}

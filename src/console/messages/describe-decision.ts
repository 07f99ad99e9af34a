/** The decision of a delivery in plain words. */
import { type CheckName, type Decision, NO_GUARD, type Security } from '../../event/decision.ts'

const CHECK_WORDS: Readonly<Record<CheckName, string>> = {
  source_ip: 'source address',
  rate: 'rate',
  replay: 'replay',
  payload: 'payload',
  transport: 'transport',
}

const checkWords = (names: readonly CheckName[]): string => names.map((name) => CHECK_WORDS[name]).join(', ')

/** Describes what was attempted and what the checks found; null if the delivery ended before either. */
export function decisionWords({ authentication, security }: Decision): string | null {
  const { attempted, verified } = authentication
  const proof =
    verified.length > 0
      ? `Verified by ${verified.join(', ')}`
      : attempted.length > 0
        ? `Attempted: ${attempted.join(', ')}`
        : null
  if (security.status === 'not_reached') return proof
  const { passed, failed, undecided, level, tolerated } = security
  const tolerance =
    level === null || tolerated === null
      ? ''
      : `; ${level} tolerates ${tolerated} failed check${tolerated === 1 ? '' : 's'}`
  const lists = [
    `passed: ${passed.length === 0 ? 'none' : checkWords(passed)}`,
    ...(failed.length === 0 ? [] : [`failed: ${checkWords(failed)}`]),
    ...(undecided.length === 0 ? [] : [`not decided: ${checkWords(undecided)}`]),
  ]
  return `${proof ?? 'Verified'}; ${lists.join('; ')}${tolerance}`
}

/** Describes the failed checks that were let through, and whether the guard was missing; null if there is neither. */
export function toleratedWords({ alerts, degraded }: Security): string | null {
  const words = [
    ...alerts.map((alert) => alert.replaceAll('_', ' ')),
    ...(degraded === null
      ? []
      : [degraded.startsWith(NO_GUARD) ? 'guard down' : 'Redis in place of the guard']),
  ]
  return words.length === 0 ? null : `let through with: ${words.join(', ')}`
}

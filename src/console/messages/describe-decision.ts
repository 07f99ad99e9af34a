/** The decision of a delivery in plain words. */
import { type CheckName, type Decision, NO_GUARD, type Security } from '../../event/decision.ts'

const CHECK_WORDS: Readonly<Record<string, string>> = {
  source_ip: 'source address',
  rate: 'rate',
  replay: 'replay',
  payload: 'payload',
  transport: 'transport',
} satisfies Record<CheckName, string>

const checkWords = (names: readonly string[]): string =>
  names.map((name) => CHECK_WORDS[name] ?? name).join(', ')

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
  return `${proof ?? 'Verified'}; ${checkLists({ passed, failed, undecided }).join('; ')}${tolerance}`
}

const checkLists = ({
  passed,
  failed,
  undecided,
}: Readonly<Record<'passed' | 'failed' | 'undecided', readonly string[]>>): string[] => [
  `passed: ${passed.length === 0 ? 'none' : checkWords(passed)}`,
  ...(failed.length === 0 ? [] : [`failed: ${checkWords(failed)}`]),
  ...(undecided.length === 0 ? [] : [`not decided: ${checkWords(undecided)}`]),
]

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

/** Describes how the delivery of an event was let in. */
export function securityWords({ verified, passed, failed, undecided, ...rest }: Security): string {
  const tolerated = toleratedWords({ verified, passed, failed, undecided, ...rest })
  return [
    `Verified by ${verified.join(', ')}`,
    ...checkLists({ passed, failed, undecided }),
    ...(tolerated === null ? [] : [tolerated]),
  ].join('; ')
}

/** Explanation for a source that refuses everything, because no secret can verify a sender. */
import type { SourceView } from './source.ts'

export interface RefusesEverything {
  /** A secret is missing for each, in one of these slots. */
  readonly missing_secrets: { readonly one_of: string[] }[]
  readonly explanation: string
  /** A command. */
  readonly remedy: string
}

const inOneOf = (group: readonly string[]): string =>
  group.length === 1 ? `in ${group[0]}` : `in one of ${group.join(', ')}`

/** Null if the source can verify deliveries. */
export function refusesEverything({ name, config, missingSecrets }: SourceView): RefusesEverything | null {
  if (missingSecrets === null) return null
  const [first, ...others] = missingSecrets.flat()
  const slots = missingSecrets.map(inOneOf).join(', and ')
  const lacks =
    config.auth.require === 'all'
      ? `auth.require is "all", and a secret is missing ${slots}`
      : `it needs a secret ${slots}`
  const enter = `Enter its webhook URL at the ESP: postern providers ${config.provider} says where.`
  const command = (slot: string) => `postern secrets rotate ${name} ${slot} --stdin`
  return {
    missing_secrets: missingSecrets.map((group) => ({ one_of: [...group] })),
    explanation:
      first === undefined
        ? 'The source refuses every delivery: its settings let no auth method verify one.'
        : `The source refuses every delivery: ${lacks}.`,
    remedy:
      first === undefined
        ? `Compare its settings with those that its provider needs: postern sources show ${name}.`
        : others.length === 0
          ? `${enter} Then add the ESP's secret: ${command(first)}.`
          : `${enter} Then add the ESP's secret, in the slot that you use: ${command('SLOT')}.`,
  }
}

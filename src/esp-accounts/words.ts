/** Why an ESP's API gave no answer that counts, or a sync has stopped, in words. Nothing that the ESP wrote is in them. */
import type { Driver } from '../drivers/driver.ts'
import type { EspRefusal, SyncStop } from './api.ts'

interface About {
  /** Of the ESP. */
  readonly title: string
  /** A right that the key needs, in the ESP's words. */
  readonly right?: string | undefined
}

type Code = EspRefusal['code'] | SyncStop['code'] | 'no_progress'

const WORDS: Readonly<Record<Exclude<Code, 'over_bound'>, (about: About, status: number | null) => string>> =
  {
    no_account: () => 'the source has no key of an API that Postern knows',
    key_unreadable: () =>
      'the key in esp_api_token is sealed under a master key that is not here: bring it again',
    key_refused: ({ title }) => `${title} does not take the key in esp_api_token`,
    key_too_weak: ({ title, right = 'to read webhooks' }) =>
      `${title} says that the key in esp_api_token lacks a right: ${right}`,
    not_found: ({ title }) => `${title} does not know the place that provisioner names`,
    rate_limited: ({ title }) => `${title} takes no more requests for now`,
    over_budget: () => 'the calls of this hour are used up',
    unavailable: ({ title }) => `${title} does not answer`,
    refused: ({ title }, status) => `${title} refuses the request (HTTP ${status ?? 'status unknown'})`,
    too_large: ({ title }) => `an answer of ${title} is too large`,
    unreadable: ({ title }) => `an answer of ${title} has not the form that it describes`,
    leads_in_a_circle: ({ title }) => `the pages of the list of ${title} lead in a circle`,
    too_many: ({ title }) => `the list of ${title} is larger than any that is read`,
    no_progress: ({ title }) =>
      `nothing was taken in a hundred attempts in a row: ${title} was down, or took no requests`,
    ended: () => 'a person has ended it',
  }

export const stopWords = (code: keyof typeof WORDS, about: About, status: number | null = null): string =>
  WORDS[code](about, status)

export const refusalWords = ({ code, status }: EspRefusal, about: About): string =>
  stopWords(code, about, status)

/** More would change in a night than the source allows. */
export const overBoundWords = (changes: number, atMost: number): string =>
  `${changes.toLocaleString('en')} would change, more than the ${atMost.toLocaleString('en')} that a night may; nothing was changed`

/** Rights that are named; of the others the number is. */
const NAMED_MAX = 3

/** Null if the key can do no more than it should, as far as the ESP tells. */
export function surplusWords(surplus: readonly string[], { rights }: Pick<Driver, 'rights'>): string | null {
  if (surplus.length === 0) return null
  const more = surplus.length - NAMED_MAX
  const named = surplus.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '')
  const needed = [...new Set(Object.values(rights))].join('; ')
  return `the key in esp_api_token can also do this: ${named}. Make one with these rights only: ${needed}`
}

/** Refusals that pass by themselves. */
export const PASSING: ReadonlySet<EspRefusal['code']> = new Set([
  'rate_limited',
  'over_budget',
  'unavailable',
])

/** Why an ESP's API gave no answer that counts, in words. Nothing that the ESP wrote is in them. */
import type { Driver } from '../drivers/driver.ts'
import type { EspRefusal } from './api.ts'

interface About {
  readonly title: string
  readonly rights: Driver['rights']
}

const WORDS: Readonly<Record<EspRefusal['code'], (about: About, status: number | null) => string>> = {
  no_account: () => 'the source has no key of an API that Postern knows',
  key_unreadable: () =>
    'the key in esp_api_token is sealed under a master key that is not here: bring it again',
  key_refused: ({ title }) => `${title} does not take the key in esp_api_token`,
  key_too_weak: ({ title, rights }) =>
    `${title} says that the key in esp_api_token lacks a right: ${rights.webhook ?? 'to read webhooks'}`,
  not_found: ({ title }) => `${title} does not know the place that provisioner names`,
  rate_limited: ({ title }) => `${title} takes no more requests for now`,
  over_budget: () => 'the calls of this hour are used up',
  unavailable: ({ title }) => `${title} does not answer`,
  refused: ({ title }, status) => `${title} refuses the request (HTTP ${status ?? 'status unknown'})`,
  too_large: ({ title }) => `an answer of ${title} is too large`,
  unreadable: ({ title }) => `an answer of ${title} has not the form that it describes`,
}

export const refusalWords = ({ code, status }: EspRefusal, about: About): string => WORDS[code](about, status)

/** Refusals that pass by themselves. */
export const PASSING: ReadonlySet<EspRefusal['code']> = new Set([
  'rate_limited',
  'over_budget',
  'unavailable',
])

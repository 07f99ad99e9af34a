/** The set-up of every ESP whose pages were read. */
import { FRESHNESS } from '../freshness.ts'
import { FIRST_SETUPS } from './first.ts'
import { OTHER_SETUPS } from './others.ts'
import type { Setup } from './setup.ts'

export type { Setup }

export const SETUPS: Readonly<Record<string, Setup>> = Object.fromEntries(
  Object.entries({ ...FIRST_SETUPS, ...OTHER_SETUPS }).map(([name, words]) => {
    const look = FRESHNESS[name]
    return [name, look === undefined ? words : { ...words, read_on: look.lookedOn }]
  }),
)

/** Undefined for a provider whose pages were not read. */
export const setupOf = (provider: string): Setup | undefined =>
  Object.hasOwn(SETUPS, provider) ? SETUPS[provider] : undefined

/** Steps at the ESP and here, in order. @param url words for the webhook URL */
export const setupSteps = ({ steps, slot, key, test }: Setup, url: string): string[] =>
  [...steps, `\`${slot}\`: ${key}`, test].map((step) => step.replaceAll('{url}', url))

/** Facts for a person who makes a key of an ESP's API for Postern: its form, its least rights, and whether it can send mail. */
import type { Driver } from './driver.ts'
import { driverOf } from './index.ts'

export const RIGHTS_FOR: Readonly<Record<keyof Driver['rights'], string>> = {
  webhook: 'to look at the webhook',
  mend: 'to mend it',
  past: 'past events',
  suppressions: 'suppressions',
}

export interface KeyFacts {
  /** Null for the key just as the ESP gives it. */
  readonly form: string | null
  /** In the ESP's words, each with all that it is for. */
  readonly rights: readonly { readonly right: string; readonly for: readonly string[] }[]
  readonly can_send: boolean
}

/** Null if the provider has no driver. */
export function keyFacts(provider: string): KeyFacts | null {
  const driver = driverOf(provider)
  if (driver === undefined) return null
  const named = Object.entries(RIGHTS_FOR) as [keyof Driver['rights'], string][]
  const byRight = Map.groupBy(named, ([capability]) => driver.rights[capability])
  const rights = [...byRight].flatMap(([right, uses]) =>
    right === undefined ? [] : [{ right, for: uses.map(([, words]) => words) }],
  )
  return { form: driver.keyForm ?? null, rights, can_send: driver.keyCanSend }
}

/**
 * Questions and answers of one call to a guard, as text. The runtime writes objects property by property, and makes those that come
 * back disposable: of a lone delivery's time beyond the floor that was a seventh.
 */
import type { AdmitAnswer, AdmitRequest, SettleRequest } from './contract.ts'

/** Questions, and the settled claims that ride with them. */
export interface Asked {
  readonly requests: readonly AdmitRequest[]
  readonly settled: readonly SettleRequest[]
}

export const askedText = (asked: Asked): string => JSON.stringify(asked)
export const askedOf = (text: string): Asked => JSON.parse(text) as Asked

export const answersText = (answers: readonly AdmitAnswer[]): string => JSON.stringify(answers)
export const answersOf = (text: string): readonly AdmitAnswer[] => JSON.parse(text) as AdmitAnswer[]

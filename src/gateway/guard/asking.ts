/**
 * Questions and answers of one call to a guard, as text, and questions without names. The runtime writes objects property by
 * property, and makes those that come back disposable: of a lone delivery's time beyond the floor that was a fifth.
 */
import type { AdmitAnswer, AdmitRequest, SettleRequest } from './contract.ts'

/** Questions, and the settled claims that ride with them: all of them kept. */
export interface Asked {
  readonly requests: readonly AdmitRequest[]
  readonly settled: readonly SettleRequest[]
}

type Written = readonly [
  requests: readonly (readonly [
    nowMs: number,
    fingerprint: string,
    body: string,
    limitPerMinute: number,
    memorySeconds: number,
  ])[],
  settled: readonly (readonly [fingerprint: string, lease: number])[],
]

export function askedText({ requests, settled }: Asked): string {
  const written: Written = [
    requests.map((one) => [one.nowMs, one.fingerprint, one.body, one.limitPerMinute, one.memorySeconds]),
    settled.map((one) => [one.fingerprint, one.lease]),
  ]
  return JSON.stringify(written)
}

export function askedOf(text: string): Asked {
  const [requests, settled] = JSON.parse(text) as Written
  return {
    requests: requests.map(([nowMs, fingerprint, body, limitPerMinute, memorySeconds]) => ({
      nowMs,
      fingerprint,
      body,
      limitPerMinute,
      memorySeconds,
    })),
    settled: settled.map(([fingerprint, lease]) => ({ fingerprint, lease, kept: true, mayRide: true })),
  }
}

export const answersText = (answers: readonly AdmitAnswer[]): string => JSON.stringify(answers)
export const answersOf = (text: string): readonly AdmitAnswer[] => JSON.parse(text) as AdmitAnswer[]

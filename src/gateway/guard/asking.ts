/**
 * Questions and answers of one call to a guard, as text, and questions without names. The runtime writes objects property by
 * property, and makes those that come back disposable: of a lone delivery's time beyond the floor that was a fifth.
 */
import type { AdmitAnswer, AdmitRequest, Rider } from './contract.ts'

/** Questions, and the kept claims that ride with them. */
export interface Asked {
  readonly requests: readonly AdmitRequest[]
  readonly riders: readonly Rider[]
}

type Written = readonly [
  requests: readonly (readonly [
    nowMs: number,
    fingerprint: string,
    body: string,
    limitPerMinute: number,
    memorySeconds: number,
    signedAtSeconds: number,
  ])[],
  riders: readonly (readonly [fingerprint: string, lease: number])[],
]

export function askedText({ requests, riders }: Asked): string {
  const written: Written = [
    requests.map((one) => [
      one.nowMs,
      one.fingerprint,
      one.body,
      one.limitPerMinute,
      one.memorySeconds,
      one.signedAtSeconds,
    ]),
    riders.map((one) => [one.fingerprint, one.lease]),
  ]
  return JSON.stringify(written)
}

export function askedOf(text: string): Asked {
  const [requests, riders] = JSON.parse(text) as Written
  return {
    requests: requests.map(([nowMs, fingerprint, body, limitPerMinute, memorySeconds, signedAtSeconds]) => ({
      nowMs,
      fingerprint,
      body,
      limitPerMinute,
      memorySeconds,
      signedAtSeconds,
    })),
    riders: riders.map(([fingerprint, lease]) => ({ fingerprint, lease })),
  }
}

export const answersText = (answers: readonly AdmitAnswer[]): string => JSON.stringify(answers)
export const answersOf = (text: string): readonly AdmitAnswer[] => JSON.parse(text) as AdmitAnswer[]

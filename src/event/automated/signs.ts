/**
 * Whether a machine opened, clicked or unsubscribed, and by which sign that is known. It is never a ground for suppressing somebody, or for
 * taking somebody for inactive: a scanner often comes before a person who reads.
 */
import type { EventType } from '../mail-event.ts'

/** Types of events that machines make in the place of people. */
export const JUDGED_TYPES = ['email.opened', 'email.clicked', 'email.unsubscribed'] as const
export type JudgedType = (typeof JUDGED_TYPES)[number]

export const isJudged = (type: EventType): type is JudgedType =>
  JUDGED_TYPES.some((judged) => judged === type)

interface Sign {
  readonly confidence: 'high' | 'medium'
  /** How it is known. */
  readonly words: string
}

/** By `automated_by`. An ESP's word is never changed. The others only say true: without a sign, nobody knows. */
export const SIGNS = {
  esp: { confidence: 'high', words: 'the ESP says so' },
  event_name: { confidence: 'high', words: 'the ESP has an event of its own for opens by proxies' },
  agent: {
    confidence: 'high',
    words: "its user agent is that of a privacy proxy such as Apple's, of a scanner or of a program",
  },
  network: { confidence: 'high', words: 'it came from a network that filters mail' },
  burst: { confidence: 'medium', words: 'many links or people within seconds' },
  timing: { confidence: 'medium', words: 'before the delivery, or at most two seconds after it' },
} as const satisfies Readonly<Record<string, Sign>>

export type SignName = keyof typeof SIGNS

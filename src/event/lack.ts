/** Facts that an ESP normally gives and an accepted item lacks. Whoever adds one adds its words in `watch/patterns/drift.ts`. */

/** From the gravest on. */
export const LACKS = ['form', 'person', 'recipient', 'message_id', 'time', 'type'] as const

/**
 * `form`: the item could not be read, and is in quarantine. `person`: a bounce, a complaint or an unsubscribe names no recipient, so that
 * nobody is suppressed; `recipient` is any other event that names none. `type`: Postern does not know the event's type.
 */
export type Lack = (typeof LACKS)[number]

/** How many items of one native type lack the same. */
export interface Lacking {
  /** The ESP, as people know it. */
  readonly provider: string
  /** The native type, as far as it is known; else empty. */
  readonly type: string
  readonly lack: Lack
  readonly count: number
  /** One item of them, with the type and length of each value in place of the value. */
  readonly example?: string | undefined
}

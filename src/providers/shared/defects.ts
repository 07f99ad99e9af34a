/** Finds out what the items of a delivery lack that the ESP normally gives. What stands in the nature of the ESP is no defect. */
import type { Lack } from '../../event/lack.ts'
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import { addressesOf } from './native.ts'
import type { Draft, Provider } from './provider.ts'

export interface Defect {
  readonly lack: Lack
  /** The native type; empty if it is not known. */
  readonly type: string
  /** An example: the first such item, as the ESP sent it. */
  readonly item: unknown
  count: number
}

/** Native types and lacks of a delivery that are told apart. An ESP has fewer types, and few of them in one delivery. */
const KINDS_MAX = 32
const TYPE_MAX_CHARACTERS = 64

/** Without a recipient, these suppress nobody. */
const SUPPRESSING: ReadonlySet<EventType> = new Set([
  'email.bounced',
  'email.spam_reported',
  'email.unsubscribed',
])

export class Defects {
  readonly #provider: Provider
  readonly #byKind = new Map<string, Defect>()

  constructor(provider: Provider) {
    this.#provider = provider
  }

  get all(): readonly Defect[] {
    return [...this.#byKind.values()]
  }

  add(lack: Lack, nativeType: string, item: unknown): void {
    const told = nativeType.slice(0, TYPE_MAX_CHARACTERS)
    const isTold = this.#byKind.size < KINDS_MAX || this.#byKind.has(`${lack} ${told}`)
    const type = isTold ? told : ''
    const known = this.#byKind.get(`${lack} ${type}`)
    if (known === undefined) this.#byKind.set(`${lack} ${type}`, { lack, type, item, count: 1 })
    else known.count += 1
  }

  /** @param draft of which the event was made */
  addEvent(event: MailEvent, draft: Draft | undefined, item: unknown): void {
    const { type, native_type, recipient, message_id, occurred_at } = event
    if (type === 'email.unknown') return this.add('type', native_type, item)
    if (recipient === null && !this.#isNameless(type, draft?.recipient))
      this.add(SUPPRESSING.has(type) ? 'person' : 'recipient', native_type, item)
    if (message_id === null) this.add('message_id', native_type, item)
    if (occurred_at === null) this.add('time', native_type, item)
  }

  /** Whether the ESP names nobody by its nature: no one, or several people at once, of whom nobody knows who it was. */
  #isNameless(type: EventType, recipient: Draft['recipient']): boolean {
    const types = this.#provider.nameless?.types ?? []
    return recipient === null || types === 'all' || types.includes(type) || addressesOf(recipient).length > 1
  }
}

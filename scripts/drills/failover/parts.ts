/** Parts that the failover drill takes down, in turn. To add one: a row here, and its name in `src/cli/checkout.ts`. */
import type { FailoverPart } from '../../../src/cli/checkout.ts'

/** Sources of the drill: what is special about what they send. */
export const SOURCES = {
  signed: 'signed bodies',
  token: 'single-use tokens',
  large: 'large deliveries',
  new: 'a source nobody has used yet',
} as const
export type SourceKind = keyof typeof SOURCES

export interface Part {
  readonly name: FailoverPart
  /** Words for a report. */
  readonly title: string
  /** Bindings of the Workers that fail. */
  readonly bindings: readonly string[]
  /** Class of the objects that start anew afterwards, without what they had in memory. */
  readonly evicts?: 'Guard' | 'Registry'
  /** Sources whose deliveries have to be accepted all the time. Those of others may get 503 meanwhile. */
  readonly goesOn: readonly SourceKind[]
  /** Parts of `/api/health` that have to name the fault; null if it knows no such part, or the console is down as well. */
  readonly health: readonly string[] | null
  /** Whether the archive needs it: then all stored events have to be in files afterwards. */
  readonly archives?: true
}

export const PARTS: readonly Part[] = [
  {
    name: 'guard',
    title: 'Guards',
    bindings: ['GUARD'],
    evicts: 'Guard',
    // Nothing else recognizes a used token with another body.
    goesOn: ['signed', 'large', 'new'],
    health: null,
  },
  {
    name: 'registry',
    title: 'Registry',
    bindings: ['REGISTRY'],
    evicts: 'Registry',
    // The gateway has their settings in its cache.
    goesOn: ['signed', 'token', 'large'],
    // The console authenticates every request by the registry.
    health: null,
  },
  {
    name: 'd1',
    title: 'D1',
    bindings: ['STORE'],
    goesOn: ['signed', 'token', 'large', 'new'],
    health: ['store'],
    archives: true,
  },
  {
    name: 'queue',
    title: 'Queues',
    bindings: ['EVENTS', 'DEAD', 'EMAIL_SERVICE', 'EMAIL_DEAD'],
    goesOn: [],
    health: ['queues'],
  },
  {
    name: 'r2',
    title: 'R2',
    bindings: ['LARGE', 'ARCHIVE', 'BACKUPS'],
    goesOn: ['signed', 'token', 'new'],
    health: ['large', 'backups'],
    archives: true,
  },
]

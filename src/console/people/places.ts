/** The list of places, until the table of them is here. */
import type { RetentionSettings } from '../../registry/retention/document.ts'
import type { RequestContext } from '../request-context.ts'

interface Place {
  readonly name: string
  readonly erasing?: string
  readonly count?: (
    context: RequestContext,
    person: string,
  ) => Promise<{ readonly count: number; readonly others?: number }>
  readonly erase?: (context: RequestContext, person: string) => Promise<boolean>
  readonly remains?: readonly {
    readonly what: string
    readonly why: string
    readonly days: (settings: RetentionSettings) => number | null
  }[]
}

export const PLACES: readonly Place[] = []

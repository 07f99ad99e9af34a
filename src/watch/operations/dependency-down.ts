/** A part of the installation does not answer, or refuses what it is asked. */
import { DATABASE_FULL } from '../../platform/log.ts'
import { measured } from '../patterns/pattern.ts'
import { BUCKETS, type DownPart, JOBS, STORE_PART } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** A part that moves to another machine is away for seconds. */
const FAILING_MINUTES = 2

export const dependencyDown: OperationPattern<DownPart> = {
  kind: 'dependency_down',
  quietHours: 1,
  advice: [
    'Look at the status page of Cloudflare, and at the log of the consumer: npx wrangler tail postern-consumer.',
    'If the store is full or refuses writes, make room or raise its limit (docs/deploying.md, "If the store takes nothing").',
    'Accepted deliveries wait in the queues for 14 days, on the Free plan for one, and are stored by themselves afterwards.',
  ],
  notDrilled: 'It needs a store that does not answer.',
  factsOf: ({ down }) => down.filter(({ part }) => !part.startsWith(BUCKETS) && !part.startsWith(JOBS)),
  find(fact) {
    const minutes = fact.lastMinute - fact.sinceMinute
    if (!(minutes >= FAILING_MINUTES)) return undefined
    return {
      subject: fact.part,
      severity: fact.part === STORE_PART ? 'critical' : 'error',
      fromMinute: fact.sinceMinute,
      ...measured('minutes_down', minutes, 0),
      evidence: saysOf(fact, minutes),
    }
  },
}

function saysOf({ part, fault }: DownPart, minutes: number): string {
  if (part !== STORE_PART) return `${part} does not answer for ${minutes} min (${fault})`
  return fault === DATABASE_FULL
    ? `the store is full for ${minutes} min: what is accepted waits in the queues`
    : `the store does not answer, or takes nothing, for ${minutes} min (${fault}): what is accepted waits in the queues`
}

/** A bucket does not answer, or refuses writes. */
import { measured } from '../patterns/pattern.ts'
import { BUCKETS, type DownPart } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** Two minutes later it is told: R2 fails for seconds now and then. */
const FAILING_MINUTES = 2

export const bucketDown: OperationPattern<DownPart> = {
  kind: 'bucket_down',
  quietHours: 1,
  advice: [
    'Look at the status page of Cloudflare for R2, and whether the bucket is there: npx wrangler r2 bucket list.',
    'Large deliveries get 503 meanwhile, and ESPs send them again. The archive writes later by itself.',
    'No backup can be made: postern backup make, when the bucket is back.',
  ],
  notDrilled: 'It needs a bucket that does not answer.',
  factsOf: ({ down }) => down.filter(({ part }) => part.startsWith(BUCKETS)),
  find({ part, fault, sinceMinute, lastMinute }) {
    const minutes = lastMinute - sinceMinute
    if (!(minutes >= FAILING_MINUTES)) return undefined
    return {
      subject: part,
      severity: 'error',
      fromMinute: sinceMinute,
      ...measured('minutes_down', minutes, 0),
      evidence: `${part} does not answer, or takes nothing, for ${minutes} min (${fault})`,
    }
  },
}

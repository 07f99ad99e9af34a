/** The database will be full, and what is old is not removed. */
import { type Growth, growthWords } from '../../store/size.ts'
import { measured } from '../patterns/pattern.ts'
import { STORE_PART } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

export const storeFilling: OperationPattern<Growth> = {
  kind: 'store_filling',
  quietHours: 1,
  advice: [
    'Bind the archive bucket, or let fewer days be kept: postern retention show. docs/deploying.md says how, under "If the store takes nothing".',
    'If the archive is bound, look whether it keeps up: postern archive status.',
    'If it is full before that, what is accepted waits in the queues for 14 days, on the Free plan for one.',
  ],
  notDrilled: 'It needs gigabytes of events.',
  factsOf: ({ growth }) => (growth === undefined ? [] : [growth]),
  find(growth, minute) {
    if (growth.level === 'fits') return undefined
    return {
      subject: STORE_PART,
      severity: growth.level === 'nearly full' ? 'critical' : 'warning',
      fromMinute: minute,
      ...measured('share_used', growth.share, 0),
      evidence: `the store is ${growthWords(growth)}`,
    }
  },
}

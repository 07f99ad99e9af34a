/** Each scheme's verification against bare WebCrypto and against the library that others would use. */
import type { Effort, Finding, Group } from '../group.ts'
import type { Measured } from '../measure.ts'
import { ROWS } from '../schemes/index.ts'
import { bundleWithLibraries, openSingle } from '../single.ts'
import { textOf } from '../spread.ts'
import { ENTRIES } from '../world.ts'

const EFFORT = {
  full: { rounds: 15, turnMs: 60, warmUpMs: 200 },
  quick: { rounds: 2, turnMs: 20, warmUpMs: 20 },
} as const

const SENDGRID = '@sendgrid/eventwebhook'

export const schemes: Group = { name: 'schemes', run }

async function run(effort: Effort): Promise<Finding> {
  const worker = await openSingle([
    { name: 'schemes-bench.js', code: await bundleWithLibraries(`${ENTRIES}schemes.ts`) },
  ])
  try {
    const measured: Measured[] = []
    for (const { name } of ROWS) measured.push(await worker.ask<Measured>({ row: name, ...EFFORT[effort] }))
    return {
      title: 'Verification, scheme by scheme',
      notes: [
        'Inside workerd, as in production: there WebCrypto answers without waiting for another thread, so what is around it shows. 2 KB, in turns.',
        'Bare: `crypto.subtle.verify` with a cached key, the signature decoded and the signed bytes put together beforehand. Ours: the scheme as the gateway calls it. For tokens bare reads nothing of the token, jose beside it decodes and judges it as ours does. For shared-secret bare is an HMAC of what is presented.',
      ],
      columns: ['scheme', 'verifications /s', 'time over bare', 'official time over ours'],
      rows: measured.map(({ name, perSecond, overBare, fasterThan }) => [
        name,
        Math.round(perSecond).toLocaleString('en-US'),
        textOf(overBare),
        Object.entries(fasterThan)
          .map(([who, spread]) => `${who} ${textOf(spread)}`)
          .join(', '),
      ]),
      readings: [
        ...measured.map(({ name, overBare }) => ({
          goal: 'verification' as const,
          of: name,
          spread: overBare,
        })),
        ...measured.flatMap(({ fasterThan }) => {
          const spread = fasterThan[SENDGRID]
          return spread === undefined ? [] : [{ goal: 'sendgrid' as const, spread }]
        }),
      ],
      data: measured,
    }
  } finally {
    await worker.close()
  }
}

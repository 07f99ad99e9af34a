/** Each scheme's verification against the least that one writes with WebCrypto, and against the library that others would use. */
import type { Effort, Finding, Group } from '../group.ts'
import type { Measured } from '../measure.ts'
import { ROWS } from '../schemes/index.ts'
import { bundleWithLibraries, openSingle } from '../single.ts'
import { inverseOf, textOf } from '../spread.ts'
import { ENTRIES } from '../bench-world.ts'

const EFFORT = {
  full: { rounds: 15, turnMs: 40, warmUpMs: 200 },
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
        'Inside workerd, as in production: its WebCrypto answers without another thread, so the code around the call is visible. 2 KB, in turns.',
        'Bare: minimal code around one `crypto.subtle.verify` with a cached key, which reaches the same verdict from the same headers and bytes. It uses the runtime’s own decoders and accepts other spellings; of a token it reads the times. Ours: the scheme as the gateway calls it.',
        'The call alone: that `crypto.subtle.verify` and nothing else. The signature is decoded and the signed bytes are joined beforehand, and a token is not read. No verifier can work so; it shows the cost around the call. An HMAC call is so short that reading a token takes longer.',
      ],
      columns: [
        'scheme',
        'verifications /s',
        'time over bare',
        'over the call alone',
        'official time over ours',
      ],
      rows: measured.map(({ name, perSecond, overBare, overCheck, fasterThan }) => [
        name,
        Math.round(perSecond).toLocaleString('en-US'),
        textOf(overBare),
        textOf(overCheck),
        Object.entries(fasterThan)
          .map(([who, spread]) => `${who} ${textOf(spread)}`)
          .join(', '),
      ]),
      readings: [
        ...measured.map(({ name, overBare, fasterThan: { jose } }) =>
          jose === undefined
            ? { goal: 'verification' as const, of: name, spread: overBare }
            : { goal: 'token' as const, of: name, spread: inverseOf(jose) },
        ),
        ...measured.flatMap(({ fasterThan: { [SENDGRID]: spread } }) =>
          spread === undefined ? [] : [{ goal: 'sendgrid' as const, spread }],
        ),
      ],
      data: measured,
    }
  } finally {
    await worker.close()
  }
}

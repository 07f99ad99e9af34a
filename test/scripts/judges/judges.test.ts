/** Our simulated senders, judged by code that we did not write: its word on the proof, and its reading of the events. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PACKAGES } from '../../../scripts/judges/packages.ts'
import { PROGRAMS } from '../../../scripts/judges/programs.ts'
import type { Answer, Asked, Judge } from '../../../scripts/judges/judge.ts'
import { providerNamed } from '../../../src/providers/index.ts'
import type { Account, OutgoingRequest } from '../../../src/simulator/sender.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'
import { read } from '../../providers/judge.ts'
import { NOW_SECONDS, RECIPIENT, simulated, withText } from '../../providers/simulated-events.ts'
import { describeWithProgram } from '../../support/describe-with-program.ts'
import { differences } from './differences.ts'

// The packages look at the clock.
beforeAll(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1_000, toFake: ['Date'] })
})
afterAll(() => {
  vi.useRealTimers()
})

/** One delivery of each kind of event. */
async function eachKind(account: Account) {
  const events = account.kinds.flatMap((kind) =>
    kind === 'email.bounced' ? [simulated(kind), simulated(kind, { bounce: 'soft' })] : [simulated(kind)],
  )
  return Promise.all(
    events.map(async (event) => ({
      account,
      name: event.bounce === 'soft' ? `${event.kind} soft` : event.kind,
      request: await account.deliver([event], NOW_SECONDS),
    })),
  )
}

async function accountAt(provider: string): Promise<Account> {
  const sender = senderNamed(provider)
  if (sender === undefined) throw new Error(`no simulated ${provider}`)
  return sender.open()
}

/** The same delivery, signed by another account that names this one's certificate as its own. */
async function byStranger(provider: string, account: Account): Promise<OutgoingRequest> {
  const stranger = await accountAt(provider)
  const request = await stranger.deliver([simulated(account.kinds[0] ?? '')], NOW_SECONDS)
  const [own] = Object.keys(account.serves ?? {})
  const [theirs] = Object.keys(stranger.serves ?? {})
  return own === undefined || theirs === undefined ? request : withText(request, theirs, own)
}

/** The same delivery with one byte of the recipient's address changed. */
function changed(request: OutgoingRequest): OutgoingRequest {
  const [name = ''] = RECIPIENT.split('@')
  return withText(request, name, `${name.slice(0, -1)}f`)
}

interface Verdicts {
  readonly asked: readonly (Asked & { readonly name: string })[]
  readonly answers: readonly Answer[]
}

/** All in one call, since a program takes its time to start. */
async function verdictsOf(provider: string, judge: Judge): Promise<Verdicts> {
  const account = await accountAt(provider)
  const kinds = await eachKind(account)
  const bad = [
    { account, name: 'of another account', request: await byStranger(provider, account) },
    ...kinds
      .slice(0, 1)
      .filter(({ request }) => request.bodyIsSigned)
      .map(({ request }) => ({ account, name: 'changed', request: changed(request) })),
  ]
  const asked = [...kinds, ...bad]
  return { asked, answers: await judge(asked) }
}

const BAD = ['of another account', 'changed']

function checksProof(verdicts: () => Verdicts): void {
  it('accepts each kind of event', () => {
    const { asked, answers } = verdicts()
    expect(answers.filter(({ accepted }, at) => !accepted && !BAD.includes(asked[at]?.name ?? ''))).toEqual(
      [],
    )
  })

  it("refuses another account's proof, and a changed byte where the body is signed", () => {
    const { asked, answers } = verdicts()
    const bad = asked.flatMap(({ name }, at) => (BAD.includes(name) ? [{ name, ...answers[at] }] : []))
    expect(bad.map(({ name }) => name)).toContain('of another account')
    expect(bad.filter(({ accepted }) => accepted !== false)).toEqual([])
  })
}

describe.each(
  Object.entries(PACKAGES).flatMap(([provider, judges]) =>
    Object.entries(judges).map(([name, judge]) => ({ provider, name, judge })),
  ),
)('$name, of $provider', ({ provider, judge }) => {
  let verdicts: Verdicts
  beforeAll(async () => {
    verdicts = await verdictsOf(provider, judge)
  })
  checksProof(() => verdicts)
})

for (const { name, packages, probe, judges, onlyRead } of PROGRAMS)
  describeWithProgram(name, { packages, probe }, () => {
    describe.each([...judges])('of %s', (provider, judge) => {
      let verdicts: Verdicts
      beforeAll(async () => {
        verdicts = await verdictsOf(provider, judge)
      })
      if (!onlyRead.includes(provider)) checksProof(() => verdicts)

      it('reads the events as we do, but for the differences that are explained', async () => {
        const { asked, answers } = verdicts
        const found = await Promise.all(
          asked
            .map((one, at) => ({ ...one, answer: answers[at] }))
            .filter((one) => !BAD.includes(one.name))
            .map(async (one) => ({
              kind: one.name,
              ours: await ourEvent(provider, one),
              answer: one.answer,
            })),
        )
        expect(differences(name, provider, found)).toEqual([])
      })
    })
  })

async function ourEvent(name: string, { request }: Asked) {
  const provider = providerNamed(name)
  if (provider === undefined) throw new Error(`no provider ${name}`)
  return (await read(provider, request)).events[0]
}

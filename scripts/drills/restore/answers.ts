/** Sends the deliveries of the drill to both deployments, and compares the answers. */
import { refusalRoutes } from '../../../src/api/refusals.ts'
import type { RestoreDrill } from '../../../src/cli/checkout.ts'
import { answerTo } from '../../../src/cli/sign/post.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { concurrently } from '../../../src/platform/concurrently.ts'
import { type Check, checkOf } from './compare.ts'
import { type DrillDelivery, GENUINE, KINDS } from './deliveries.ts'

type Deployment = RestoreDrill['real']

interface Answer {
  /** Null if nobody answered. */
  readonly status: number | null
  /** The code of the refusal, as its log says: the answer does not tell strangers. */
  code: string | undefined
  readonly requestId: string | undefined
}

const AT_ONCE = 6
/** A refusal is in the log within a second. */
const LOGGED_MS = 1_500

/** @param settled names of sources that did not change since the backup */
export async function compareAnswers(
  deliveries: readonly DrillDelivery[],
  real: Deployment,
  temporary: Deployment,
  settled: ReadonlySet<string>,
  sleep: (ms: number) => Promise<void>,
): Promise<Check[]> {
  const refused = deliveries.filter(({ kind, source }) => kind !== GENUINE && settled.has(source))
  const genuine = deliveries.filter(({ kind }) => kind === GENUINE)
  const [there, here, accepted] = await Promise.all([
    answersOf(real, refused),
    answersOf(temporary, refused),
    answersOf(temporary, genuine),
  ])
  await sleep(LOGGED_MS)
  await Promise.all([addCodes(real, there), addCodes(temporary, here)])
  const pairs = refused.map(({ kind, source }, i) => ({ kind, source, here: here[i], there: there[i] }))
  const checks = KINDS.filter((kind) => kind !== GENUINE).map((kind) => {
    const ones = pairs.filter((pair) => pair.kind === kind)
    const compared = ones.filter(
      ({ here: a, there: b }) => a?.status === b?.status || (isTelling(a) && isTelling(b)),
    )
    return checkOf(
      `deliveries ${kind}`,
      compared.length,
      compared
        .filter(({ here: a, there: b }) => !isSame(a, b))
        .map(({ source, here: a, there: b }) => `${source} (${textOf(a)}, in the real one ${textOf(b)})`),
      compared.length === ones.length ? [] : [`${ones.length - compared.length} not answered for now`],
    )
  })
  const wrong = genuine.filter((_, i) => accepted[i]?.status !== 200)
  return [
    ...checks,
    checkOf(
      'deliveries genuine, in the temporary deployment alone',
      genuine.length,
      wrong.map(({ source }) => source),
    ),
  ]
}

async function answersOf({ gatewayUrl }: Deployment, sent: readonly DrillDelivery[]): Promise<Answer[]> {
  const answers: Answer[] = []
  await concurrently([...sent.entries()], AT_ONCE, async ([i, { source, request }]) => {
    const answer = await answerTo(`${gatewayUrl}/hooks/${source}`, request)
    const { request_id: id } = (answer?.json ?? {}) as { request_id?: unknown }
    answers[i] = {
      status: answer?.status ?? null,
      code: undefined,
      requestId: typeof id === 'string' ? id : undefined,
    }
    return true
  })
  return answers
}

/** The log has a sample of refusals. Of the others, the status alone is compared. */
const addCodes = ({ api }: Deployment, answers: readonly Answer[]): Promise<void> =>
  concurrently(answers, AT_ONCE, async (answer) => {
    if (answer.requestId === undefined) return true
    try {
      const params = { request_id: answer.requestId }
      answer.code = (await api.call(refusalRoutes.getRefusal, { params })).code
    } catch (cause) {
      if (!(cause instanceof Stop)) throw cause
    }
    return true
  })

/** A limit, a pause or an outage says nothing about the source. */
const isTelling = (answer: Answer | undefined): boolean =>
  answer !== undefined && answer.status !== null && answer.status !== 429 && answer.status < 500

const isSame = (a: Answer | undefined, b: Answer | undefined): boolean =>
  a?.status === b?.status && (a?.code === undefined || b?.code === undefined || a.code === b.code)

const textOf = (answer: Answer | undefined): string =>
  [answer?.status ?? 'no answer', answer?.code].filter((part) => part !== undefined).join(' ')

/**
 * The page of a retrieval link. GET changes nothing, because mail and chat programs fetch the links in messages. The button
 * shows the value, once. There is no login: the person who enters the secret at the sender may not be an operator. The link is
 * the only credential, so an unknown, used, expired or revoked link gets the same answer.
 */
import { whoOf } from '../access/with-actor.ts'
import type { ConsoleContext } from '../context.ts'
import { clientOf } from '../login/attempts.ts'
import { RETRIEVAL_PATH, linkHash } from '../retrieval.ts'
import { answerNotice, answerOnce, answerPage } from './answer.tsx'
import { Form } from './form.tsx'

/** The page's address contains the link, so requests for its files must not send it as `Referer`. Forms still send their origin. */
const hideAddress = (c: ConsoleContext) => c.header('referrer-policy', 'strict-origin')

export async function showRetrieve(c: ConsoleContext): Promise<Response> {
  hideAddress(c)
  const link = c.req.query('link') ?? ''
  if ((await linkHash(link)) === undefined) return answerExpired(c)
  return answerPage(
    c,
    { title: 'A secret for you', narrow: true },
    <>
      <p class="lead">
        The button shows it once, and then this link stops working. First open the page where you will enter
        it.
      </p>
      <Form action={RETRIEVAL_PATH} label="Show the secret" hidden={{ link }} />
    </>,
  )
}

export async function retrieve(c: ConsoleContext): Promise<Response> {
  hideAddress(c)
  const { linkAttempts } = c.get('isolate')
  const { registry, nowMs } = c.get('baseContext')
  const client = clientOf(c.req.raw.headers)
  const waitSeconds = linkAttempts.blockedSeconds(client, nowMs)
  if (waitSeconds > 0) {
    c.header('retry-after', String(waitSeconds))
    return answerNotice(c, 429, 'Too many attempts', `Try again in ${waitSeconds} seconds.`)
  }
  const sha256 = await linkHash(c.get('form').get('link') ?? '')
  const got =
    sha256 === undefined ? undefined : await registry.secrets.retrieve(sha256, whoOf(c, { actor: 'link' }))
  if (got?.ok !== true) {
    linkAttempts.failed(client, nowMs)
    return answerExpired(c)
  }
  // For the command line, which writes it into a pipe.
  if (c.req.header('accept') === 'application/json') return c.json({ values: got.values })
  return answerOnce(c, {
    title: 'Your secret',
    lead: (
      <>
        For <code>{got.source ?? got.destination}</code>, <code>{got.slot}</code>.{' '}
        {got.destination === null
          ? 'It is accepted from now on. Enter it at the sender'
          : 'Deliveries are signed with it. Enter it at the receiver'}
        , then close this page: the secret is not shown again.
      </>
    ),
    values: got.values.map(({ name, value }) => [name, value]),
  })
}

const answerExpired = (c: ConsoleContext) =>
  answerNotice(
    c,
    404,
    'This link does not work',
    'It was used, has expired, or was never valid. If you have not seen the secret, tell the operator immediately: someone else may have seen it.',
  )

/** One quarantined delivery or item, whole: as text, with what cannot be seen named. */
import type { FC } from 'hono/jsx'
import { fromBase64, textOf } from '../../platform/bytes.ts'
import { readQuarantine } from '../../store/quarantine.ts'
import type { ConsoleContext } from '../context.ts'
import { quarantineWord } from '../messages/quarantine.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Action, Shown, When } from './components.tsx'
import { visible } from '../../platform/visible.ts'

/** Shown of a body; the API has all of it. */
const SHOWN_CHARACTERS = 20_000

export async function showQuarantined(c: ConsoleContext): Promise<Response> {
  const { store, nowMs } = c.get('context')
  const row = await readQuarantine(store, c.req.param('id') ?? '')
  if (row === undefined) {
    return answerNotice(c, 404, 'Not in quarantine', 'It was read again, or thrown away, or never there.')
  }
  const formToken = await c.get('isolate').sessions.formToken(c.get('session'))
  return answerPage(
    c,
    { title: `Quarantine: ${row.source} · Postern` },
    <QuarantinedPage row={row} formToken={formToken} nowMs={nowMs} />,
  )
}

type Quarantined = NonNullable<Awaited<ReturnType<typeof readQuarantine>>>

const QuarantinedPage: FC<{ row: Quarantined; formToken: string; nowMs: number }> = ({
  row,
  formToken,
  nowMs,
}) => (
  <>
    <p>
      <a href="/#quarantine">Back to the console</a>
    </p>
    <h1>In quarantine</h1>
    <p class="lead">
      {quarantineWord(row.problem)} {row.item ? 'The other items of its batch went through.' : ''}
    </p>
    <dl class="facts">
      <dt>Source</dt>
      <dd>{row.source}</dd>
      <dt>Provider</dt>
      <dd>{row.provider}</dd>
      <dt>Received</dt>
      <dd>
        <When ms={Date.parse(row.received_at)} nowMs={nowMs} />
      </dd>
      <dt>Request</dt>
      <dd>
        <Shown text={row.request_id} code />
      </dd>
      <dt>Verified by</dt>
      <dd>
        <Shown text={row.delivery.methods.join(', ')} />
      </dd>
      <dt>Content type</dt>
      <dd>
        <Shown text={row.quarantined.content_type} max={200} code />
      </dd>
    </dl>
    <h2 id="body-title">What was sent</h2>
    <BodyText base64={row.quarantined.body} />
    <div class="buttons after">
      <Action action="/quarantine/replay" formToken={formToken} fields={{ id: row.id }} label="Read again" />
      <Action
        action="/quarantine/remove"
        formToken={formToken}
        fields={{ id: row.id }}
        label="Throw away"
        quiet
      />
    </div>
  </>
)

/** Line breaks and tabs of a body are its own; all else that acts is named. */
const BodyText: FC<{ base64: string }> = ({ base64 }) => {
  const text = textOf(fromBase64(base64) ?? new Uint8Array())
  if (text === undefined) {
    return <p class="empty">The bytes are not text. The API gives them in base64.</p>
  }
  const cut = text.length > SHOWN_CHARACTERS
  return (
    <>
      <pre tabindex={0} role="region" aria-labelledby="body-title">
        {text
          .slice(0, SHOWN_CHARACTERS)
          .split(/(\r?\n|\t)/)
          .map((piece, i) =>
            i % 2 === 1
              ? piece
              : visible(piece, SHOWN_CHARACTERS).map((stretch) =>
                  'text' in stretch ? stretch.text : <span class="unseen">{stretch.unseen}</span>,
                ),
          )}
      </pre>
      {cut ? (
        <p class="soft">
          Cut after {SHOWN_CHARACTERS.toLocaleString('en')} characters; the API gives all of it.
        </p>
      ) : (
        ''
      )}
    </>
  )
}

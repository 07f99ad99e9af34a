/** One delivery, by the id of an event, a request, a quarantined item or a dead letter: its story, what is beside it, and what can be done. */
import type { FC } from 'hono/jsx'
import { capital } from '../../../platform/capital.ts'
import { fromBase64, textOf } from '../../../platform/bytes.ts'
import { isTimed, reportedMs } from '../../../event/identity.ts'
import { toInstant } from '../../../platform/time.ts'
import { providerTitle } from '../../../providers/facts.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTone, eventWord } from '../../messages/events.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import type { Tone } from '../../messages/tone.ts'
import { answerPage } from '../answer.tsx'
import { Action, Cards, Copied, For, Part, Shown, State, Table, TextBlock } from '../components.tsx'
import { AsCommand } from '../activity/as-command.tsx'
import { EVENT_COLUMNS } from '../activity/accepted.tsx'
import { things } from '../notices.ts'
import { narrowedTo } from '../plan.tsx'
import { Captured, capturePath } from '../sources/capture.tsx'
import { causePath } from '../sources/why-refused.tsx'
import { answerUnstored } from '../unstored.ts'
import { FactsCard, MessageCard, PersonCard } from './cards.tsx'
import { type Loaded, isEventId, loadDelivery } from './known.ts'
import { originalPath } from './paths.ts'
import { SendAgain } from './send-again.tsx'
import { Story } from './steps.tsx'
import { EVENTS_READ, storyOf } from './story.tsx'

export async function showDelivery(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const id = c.req.param('id') ?? ''
  const loaded = await loadDelivery(context, id)
  if (loaded === undefined) return answerUnknown(c, id)
  const { event, source, requestId, events, entry, unread } = loaded
  const { title, state, word } = headOf(loaded)
  const hasRecipient = typeof event?.recipient === 'string'
  return answerPage(
    c,
    {
      title,
      heading: (
        <>
          {title}
          {hasRecipient && (
            <>
              {' · '}
              <Shown text={event?.recipient} max={320} />
            </>
          )}{' '}
          <State tone={state}>{word}</State>
          {(loaded.suppression?.reasons.length ?? 0) > 0 && (
            <>
              {' '}
              <State tone="warn">address suppressed</State>
            </>
          )}
        </>
      ),
      back: { href: '/activity', text: 'Activity' },
      aside: (
        <div class="buttons">
          <SendAgain to={loaded.sendings} message={loaded.message} />
          <Actions loaded={loaded} />
          <Ids ids={{ Event: event?.id, Quarantine: entry?.id, Request: requestId }} />
        </div>
      ),
    },
    <>
      {unread.length > 0 && (
        <p class="notice warn" role="status">
          Not all of it could be read. Did not answer: {unread.join(', ')}. Load the page again.
        </p>
      )}
      <Cards isSplit>
        <Part id="story" title="What happened to it">
          <Story steps={storyOf(loaded)} />
          {entry !== undefined && (
            <For role="operator">
              <h3>What was sent</h3>
              <BodyText base64={entry.quarantined.body} />
            </For>
          )}
          {event !== undefined && (
            <For role="operator">
              <p class="more">
                <a href={originalPath(event.id)} data-open="dialog">
                  What {providerTitle(event.provider)} sent
                </a>
              </p>
            </For>
          )}
          <Whole loaded={loaded} origin={context.consoleUrl} />
        </Part>
        {event !== undefined && <MessageCard event={event} message={loaded.message} />}
        <PersonCard known={loaded} />
        <FactsCard loaded={loaded} />
      </Cards>
      {source !== null && loaded.isCaptured && <Captured source={source} requestId={requestId} />}
      {event === undefined && events.length > 0 && (
        <Part id="events" title="Its events">
          <Table caption="Events of this delivery" columns={EVENT_COLUMNS} rows={events} />
          {loaded.stored.count > EVENTS_READ && (
            <p class="more">
              <a href={narrowedTo('/activity', { show: 'accepted', request: requestId })}>All of them</a>
            </p>
          )}
          <details class="after">
            <summary>As a command, as curl</summary>
            <AsCommand command="events" path="/api/events" asked={{ request_id: requestId }} />
          </details>
        </Part>
      )}
    </>,
  )
}

interface Head {
  readonly title: string
  readonly state: Tone
  readonly word: string
}

function headOf({ event, refusal, stored, quarantined, entry, deadLetters }: Loaded): Head {
  if (event !== undefined) {
    const word = eventWord(event.type)
    const isBounce = event.type === 'email.bounced' && event.bounce_type !== null
    const title = isBounce ? `${event.bounce_type} bounce` : word
    return { title: capital(title), state: eventTone(event.type), word }
  }
  if (refusal !== undefined) return { title: remedyOf(refusal.code).title, state: 'bad', word: 'refused' }
  if (entry === undefined && stored.count > 0)
    return { title: things(stored.count, 'event'), state: 'good', word: 'accepted' }
  if (quarantined.length > 0 || entry !== undefined)
    return { title: 'Not understood', state: 'warn', word: 'in quarantine' }
  return deadLetters.length > 0
    ? { title: 'Not stored', state: 'bad', word: 'given up' }
    : { title: 'Delivery', state: 'warn', word: 'unknown' }
}

const Actions: FC<{ loaded: Loaded }> = ({ loaded: { refusal, deadLetters, entry } }) => {
  const source = refusal?.source ?? null
  return (
    <>
      <For role="operator">
        {entry !== undefined && (
          <>
            <Action action="/quarantine/replay" fields={{ id: entry.id }} label="Read again" />
            <a class="button" data-open="dialog" href={narrowedTo('/quarantine/remove', { id: entry.id })}>
              Throw away
            </a>
          </>
        )}
        {deadLetters.map((letter) =>
          letter.source === null ? (
            <Action action="/dead-letters/remove" fields={{ id: letter.id }} label="Throw away" quiet />
          ) : (
            <Action
              action="/dead-letters/redrive"
              fields={{ id: letter.id }}
              label="Redrive"
              on={letter.id}
            />
          ),
        )}
        {source !== null && <Action action={`${capturePath(source)}/begin`} label="Capture the next ones" />}
      </For>
      {source !== null && refusal !== undefined && (
        <a class="button" href={causePath({ source, code: refusal.code })}>
          All of this cause
        </a>
      )}
    </>
  )
}

const Ids: FC<{ ids: Readonly<Record<string, string | undefined>> }> = ({ ids }) => (
  <details class="menu">
    <summary class="button">Ids</summary>
    <div>
      {Object.entries(ids).map(
        ([of, id]) =>
          id !== undefined && (
            <div>
              {of} <Copied label={`the id: ${of}`} text={id} />
            </div>
          ),
      )}
    </div>
  </details>
)

/** The event as the API gives it, and how to ask for it. */
const Whole: FC<{ loaded: Loaded; origin: string }> = ({ loaded, origin }) => {
  const { event, refusal, entry, requestId } = loaded
  const path =
    event !== undefined
      ? `events/${event.id}`
      : refusal !== undefined
        ? `refusals/${requestId}`
        : entry && `quarantine/${entry.id}`
  return (
    path !== undefined && (
      <details class="after">
        <summary>{event === undefined ? 'As curl' : 'All fields as JSON, as curl'}</summary>
        {event !== undefined && (
          <TextBlock
            text={JSON.stringify(event, null, 2)}
            label="The event as JSON"
            copy="the event as JSON"
          />
        )}
        <pre data-copy="the command">{`curl '${origin}/api/${path}' -H "Authorization: Bearer $POSTERN_TOKEN"`}</pre>
      </details>
    )
  )
}

/** Shown of a body; the API has all of it. */
const SHOWN_CHARACTERS = 20_000

/** A body as text, with what cannot be seen named. */
const BodyText: FC<{ base64: string }> = ({ base64 }) => {
  const text = textOf(fromBase64(base64) ?? new Uint8Array())
  if (text === undefined) return <p class="empty">The bytes are not text. The API gives them in base64.</p>
  return (
    <>
      <TextBlock text={text.slice(0, SHOWN_CHARACTERS)} label="What was sent" />
      {text.length > SHOWN_CHARACTERS && (
        <p class="soft">
          Cut after {SHOWN_CHARACTERS.toLocaleString('en')} characters; the API gives all of it.
        </p>
      )}
    </>
  )
}

/** Nothing that the person sees has this id: it says why that may be. */
function answerUnknown(c: ConsoleContext, id: string): Promise<Response> {
  if (!isEventId(id)) return answerUnstored(c, 'No such delivery', UNKNOWN)
  // Ids begin with the time, for every reader.
  const when = isTimed(id) ? ` It would have happened ${toInstant(reportedMs(id))}.` : ''
  return answerUnstored(c, 'No such event', `No event has this id.${when}`)
}

const UNKNOWN =
  'Nothing that is kept has this id: no event, no refusal, nothing in quarantine and no dead letter. Old refusals are not kept here. Of a source that only observes nothing is kept. Of too many at once only a sample is kept and logged: the others are counted, not kept.'

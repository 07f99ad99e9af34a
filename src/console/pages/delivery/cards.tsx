/** Cards beside the story: the message, the person, and other facts. */
import { capital } from '../../../platform/capital.ts'
import type { FC } from 'hono/jsx'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { providerTitle } from '../../../providers/facts.ts'
import { kindName } from '../../../watch/names.ts'
import { automatedWords, eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import {
  Badge,
  Clock,
  type Column,
  type Fact,
  Facts,
  Part,
  Shown,
  State,
  Table,
  When,
} from '../components.tsx'
import { INCIDENTS } from '../incidents/resource.ts'
import { personPath } from '../people/person.tsx'
import { narrowedTo } from '../plan.tsx'
import { SOURCES } from '../sources/resource.ts'
import type { Loaded } from './known.ts'
import { deliveryPath } from './paths.ts'
import type { Known } from './story.tsx'

const columnsFor = (id: string): readonly Column<StoredEvent>[] => [
  {
    label: 'When',
    cell: (event) => (
      <a class="row-link" href={deliveryPath(event.id)}>
        <Clock at={eventTimeMs(event)} />
      </a>
    ),
  },
  { label: 'Event', cell: ({ type }) => <Badge tone={eventTone(type)}>{eventWord(type)}</Badge> },
  {
    label: 'Detail',
    kind: 'long',
    cell: (event) =>
      event.id === id ? <strong>this one</strong> : <Shown text={eventDetail(event)} max={80} />,
  },
]

/** All events of the message, in the order in which they happened. A newsletter may have one id for all its recipients. */
export const MessageCard: FC<{ event: StoredEvent; message: readonly StoredEvent[] }> = ({
  event: { id, source, message_id: messageId },
  message,
}) => {
  if (messageId === null) return null
  const recipients = new Set(message.map(({ recipient }) => recipient)).size
  return (
    <Part
      id="message"
      title="Message"
      aside={
        <a href={narrowedTo('/activity', { show: 'accepted', source, message: messageId })}>
          <Shown text={messageId} max={24} code />
        </a>
      }
    >
      {recipients > 1 && (
        <p class="soft">To {recipients.toLocaleString('en')} recipients, the newest events:</p>
      )}
      <Table isDense caption="Events of the message, oldest first" columns={columnsFor(id)} rows={message} />
    </Part>
  )
}

/** Whether the recipient may be written to. */
export const PersonCard: FC<{ known: Known }> = ({ known: { person, suppression } }) => {
  if (person === undefined) return null
  const { reasons, scopes } = suppression ?? { reasons: [], scopes: [] }
  const [first] = reasons
  return (
    <Part id="person" title="Person" aside={<a href={personPath(person)}>All of this person</a>}>
      <Facts
        rows={[
          [
            'May be written to',
            first === undefined ? (
              <State tone="good">{scopes.length === 0 ? 'yes' : 'yes, but not for some mail'}</State>
            ) : (
              <div class="buttons">
                <State tone="warn">no</State>
                <a href={`${personPath(person)}/lift`} data-open="dialog">
                  Lift
                </a>
              </div>
            ),
          ],
          first !== undefined && [
            'Why',
            [...new Set(reasons.map(({ reason }) => reasonWord(reason)))].join(', '),
          ],
          first !== undefined && ['Since', <When at={first.since} />],
        ]}
      />
    </Part>
  )
}

export const FactsCard: FC<{ loaded: Loaded }> = ({ loaded }) => {
  const { source, provider, event, refusal, entry, incidents } = loaded
  const { campaign_id: campaign = null, tags = [] } = event ?? {}
  const plain = (label: string, value: string | null | undefined): Fact | false =>
    value !== null && value !== undefined && value !== '' && [label, <Shown text={value} max={1_000} />]
  return (
    <Part id="facts" title="Facts">
      <Facts
        rows={[
          source !== null && ['Source', <a href={SOURCES.pathOf(source)}>{source}</a>],
          plain('Provider', provider && providerTitle(provider)),
          ...incidents.map(({ number, kind }): Fact => [
            'Incident',
            <a href={INCIDENTS.pathOf(number)}>
              {number}, {kindName(kind)}
            </a>,
          ]),
          campaign !== null && [
            'Campaign',
            <a href={narrowedTo('/activity', { show: 'accepted', campaign })}>
              <Shown text={campaign} max={200} />
            </a>,
          ],
          plain('Tags', tags.join(', ')),
          plain('Link', event?.url),
          plain('Scope', event?.scope),
          plain('By a machine', event && automatedWords(event)),
          plain('User agent', event?.user_agent),
          plain('Client', event?.client_ip),
          plain('Code', refusal?.code),
          ...Object.entries(refusal?.detail ?? {}).map(([name, value]): Fact => [
            <Shown text={inWords(name)} max={60} />,
            <Shown text={String(value)} max={200} />,
          ]),
          plain('Content type', entry?.quarantined.content_type),
        ]}
      />
    </Part>
  )
}

/** `keysAttempted` is `Keys attempted`. */
const inWords = (name: string): string => {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return capital(words)
}

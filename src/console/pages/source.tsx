/** One source: its secrets with all their versions, and the actions on them. */
import type { FC } from 'hono/jsx'
import { providerNamed } from '../../providers/index.ts'
import type { SecretVersion, SlotRotation } from '../../registry/rotation/secret-version.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { webhookUrl } from '../api/sources.ts'
import { may } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { refusesEverything } from '../messages/missing-secret.ts'
import { rotationWord } from '../messages/rotation.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Badge, type Column, Nothing, Shown, Table, type Tone, When } from './components.tsx'

export async function showSource(c: ConsoleContext): Promise<Response> {
  const { registry, gatewayUrl, actor, nowMs } = c.get('context')
  const source = await registry.view(c.req.param('name') ?? '')
  if (source === null) return noSource(c)
  return answerPage(
    c,
    { title: `${source.name} · Postern` },
    <SourcePage
      source={source}
      url={webhookUrl(source, gatewayUrl)}
      mayChange={may(actor, 'operator')}
      nowMs={nowMs}
    />,
  )
}

export const noSource = (c: ConsoleContext) =>
  answerNotice(c, 404, 'No such source', 'There is no source with this name. It may have been removed.')

/** The path of a source's page. */
export const sourcePath = (name: string): string => `/sources/${name}`

interface SourceProps {
  readonly source: SourceView
  readonly url: string
  readonly mayChange: boolean
  readonly nowMs: number
}

/** The last column of each table has the actions. It is shown only to those who may use them. */
const columnsFor = <Row,>(mayChange: boolean, columns: readonly Column<Row>[]): readonly Column<Row>[] =>
  mayChange ? columns : columns.slice(0, -1)

const SourcePage: FC<SourceProps> = ({ source, url, mayChange, nowMs }) => (
  <>
    <p>
      <a href="/#sources">Back to the console</a>
    </p>
    <h1>{source.name}</h1>
    <dl class="facts">
      <dt>Provider</dt>
      <dd>{providerNamed(source.config.provider)?.title ?? source.config.provider}</dd>
      <dt>Webhook URL</dt>
      <dd>
        <Shown text={url} code />
      </dd>
      <dt>Changed</dt>
      <dd>
        <When ms={source.updatedAtMs} nowMs={nowMs} />
      </dd>
    </dl>
    <Missing source={source} mayChange={mayChange} />
    <h2>Secrets</h2>
    {source.rotations.length === 0 ? (
      ''
    ) : (
      <Table
        caption="Secrets"
        columns={columnsFor(mayChange, slotColumns(source.name, nowMs))}
        rows={source.rotations}
      />
    )}
    <h2 class="after">Versions</h2>
    <p class="lead">
      Values are never shown. A retiring version is accepted until the time below; a revoked one is deleted.
    </p>
    <div class="after">
      <Table
        caption="Versions of secrets"
        columns={columnsFor(mayChange, versionColumns(source.name, nowMs))}
        rows={source.secrets}
      />
    </div>
  </>
)

const Missing: FC<Pick<SourceProps, 'source' | 'mayChange'>> = ({ source, mayChange }) => {
  const why = refusesEverything(source)
  if (why === null) return ''
  return (
    <div class="notice bad">
      <p>{why.explanation}</p>
      <p>{why.remedy}</p>
      {mayChange ? (
        <ul>
          {why.missing_secrets.map((slot) => (
            <li>
              <a href={`${sourcePath(source.name)}/secrets/${slot}/rotate`}>
                Add <code>{slot}</code>
              </a>
            </li>
          ))}
        </ul>
      ) : (
        ''
      )}
    </div>
  )
}

const slotColumns = (name: string, nowMs: number): Column<SlotRotation>[] => [
  { label: 'Secret', kind: 'name', cell: ({ slot }) => <code>{slot}</code> },
  {
    label: 'Rotation',
    kind: 'long',
    cell: (rotation) => {
      const { tone, text } = rotationWord(rotation)
      return (
        <>
          <Badge tone={tone}>{rotation.state}</Badge> <span class="under">{text}</span>
        </>
      )
    },
  },
  { label: 'Next', kind: 'name', cell: ({ dueAtMs }) => <When ms={dueAtMs ?? undefined} nowMs={nowMs} /> },
  {
    label: 'Change',
    kind: 'name',
    cell: ({ slot }) => (
      <a href={`${sourcePath(name)}/secrets/${slot}/rotate`}>
        Rotate<span class="visually-hidden"> {slot}</span>
      </a>
    ),
  },
]

const TONES: Readonly<Record<SecretVersion['state'], Tone>> = {
  pending: 'warn',
  active: 'good',
  retiring: 'warn',
  revoked: 'plain',
}

const versionColumns = (name: string, nowMs: number): Column<SecretVersion>[] => [
  {
    label: 'Secret',
    kind: 'name',
    cell: ({ slot, version }) => (
      <code>
        {slot}/{version}
      </code>
    ),
  },
  { label: 'State', kind: 'name', cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
  { label: 'Made by', kind: 'name', cell: ({ origin }) => (origin === 'postern' ? 'Postern' : 'operator') },
  { label: 'Made', kind: 'name', cell: ({ createdAtMs }) => <When ms={createdAtMs} nowMs={nowMs} /> },
  {
    label: 'Accepted',
    kind: 'name',
    cell: ({ state, activatedAtMs, acceptedUntilMs }) =>
      state === 'retiring' ? (
        <>
          until <When ms={acceptedUntilMs ?? undefined} nowMs={nowMs} />
        </>
      ) : (
        <When ms={activatedAtMs ?? undefined} nowMs={nowMs} />
      ),
  },
  {
    label: 'End',
    kind: 'name',
    cell: ({ slot, version, state }) =>
      state === 'revoked' ? (
        <Nothing />
      ) : (
        <a href={`${sourcePath(name)}/secrets/${slot}/${version}/revoke`}>
          Revoke
          <span class="visually-hidden">
            {' '}
            {slot} {version}
          </span>
        </a>
      ),
  },
]

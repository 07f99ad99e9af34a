/** One source: its secrets with all their versions, and the actions on them. */
import type { FC } from 'hono/jsx'
import { providerNamed } from '../../providers/index.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { webhookUrl } from '../api/sources.ts'
import { may } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { refusesEverything } from '../messages/missing-secret.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Shown, When } from './components.tsx'
import { Secrets } from './secret-tables.tsx'
import { signalsPath, sourcePath } from './source-path.ts'

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

interface SourceProps {
  readonly source: SourceView
  readonly url: string
  readonly mayChange: boolean
  readonly nowMs: number
}

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
    <p>
      <a href={signalsPath(source.name)}>Signals of the last day and weeks</a>
    </p>
    <Missing source={source} mayChange={mayChange} />
    <Secrets
      noun="source"
      path={sourcePath(source.name)}
      rotations={source.rotations}
      secrets={source.secrets}
      mayChange={mayChange}
      nowMs={nowMs}
    />
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
          {(source.missingSecrets ?? []).flat().map((slot) => (
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

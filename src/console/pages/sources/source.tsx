/** One source: its secrets with all their versions, and the actions on them. */
import type { FC } from 'hono/jsx'
import { providerNamed } from '../../../providers/index.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { webhookUrl } from '../../api/sources.ts'
import { refusesEverything } from '../../messages/missing-secret.ts'
import { answerPage } from '../answer.tsx'
import { Facts, For, Shown, When } from '../components.tsx'
import { Secrets } from '../secrets/tables.tsx'
import { SOURCES, signalsPath } from './resource.ts'

export const showSource = SOURCES.with((c, source) => {
  const { name, config, rotations, secrets } = source
  return answerPage(
    c,
    { title: name, back: { href: '/sources', text: 'Sources' } },
    <>
      <Facts
        rows={[
          ['Provider', providerNamed(config.provider)?.title ?? config.provider],
          ['Webhook URL', <Shown text={webhookUrl(source, c.get('context').gatewayUrl)} code />],
          ['Changed', <When at={source.updatedAtMs} />],
        ]}
      />
      <p>
        <a href={signalsPath(name)}>Signals of the last day and weeks</a>
      </p>
      <Missing source={source} />
      <Secrets noun="source" path={SOURCES.pathOf(name)} rotations={rotations} secrets={secrets} />
    </>,
  )
})

const Missing: FC<{ source: SourceView }> = ({ source }) => {
  const why = refusesEverything(source)
  if (why === null) return ''
  return (
    <div class="notice bad">
      <p>{why.explanation}</p>
      <p>{why.remedy}</p>
      <For role="operator">
        <ul>
          {(source.missingSecrets ?? []).flat().map((slot) => (
            <li>
              <a href={`${SOURCES.pathOf(source.name)}/secrets/${slot}/rotate`}>
                Add <code>{slot}</code>
              </a>
            </li>
          ))}
        </ul>
      </For>
    </div>
  )
}

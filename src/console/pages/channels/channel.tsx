/** One channel: whether it works, its settings, and which secrets it has. */
import { channelSettings } from '../../../channels/document.ts'
import { adapterOf } from '../../../channels/index.ts'
import { shownSettings } from '../../api/channels.ts'
import { channelStatus } from '../../channels.ts'
import { channelWords, settingLabel } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Action, Facts, For, NoticeLine, Part, Shown, State, When } from '../components.tsx'
import { settingFacts } from '../setting-fields.tsx'
import { CHANNELS } from './resource.ts'

export const showChannel = CHANNELS.with(async (c, channel) => {
  const context = c.get('context')
  const { name, config } = channel
  const path = CHANNELS.pathOf(name)
  const { label, secrets } = adapterOf(config.kind)
  const all = await channelStatus(context)
  const status = all === null ? null : all.get(name)
  const { tone, state, remedy } = channelWords(status, config.paused)
  const lastError = status?.lastError ?? null
  const settings = shownSettings(channel, context.actor)
  return answerPage(
    c,
    {
      title: name,
      beside: (
        <>
          <State tone={tone}>{state}</State>
          <span class="soft">{label}</span>
        </>
      ),
      back: { href: CHANNELS.path, text: 'Who is told' },
    },
    <>
      <NoticeLine notice={CHANNELS.noticeIn(c)} />
      {remedy !== null && <p class="lead">{remedy}</p>}
      <div class="buttons after">
        <For role="operator">
          <Action action={`${path}/test`} label="Send a test notice" />
          <Action
            action={`${path}/${config.paused ? 'resume' : 'pause'}`}
            label={config.paused ? 'Resume' : 'Pause'}
            quiet
          />
        </For>
        <For role="admin">
          <a class="button" href={`${path}/edit`} data-open="dialog">
            Change
          </a>
          <a class="button" href={`${path}/remove`} data-open="dialog">
            Remove
          </a>
        </For>
      </div>
      <Facts
        rows={[
          ['Last success', <When at={status?.lastSuccessMs} />],
          ['Failing since', <When at={status?.failingSinceMs} />],
          ['Failed tries in a row', (status?.failures ?? 0).toLocaleString('en')],
          lastError !== null && ['Last error', <Shown text={lastError.error} max={500} />],
          lastError !== null && ['Its status', lastError.status ?? 'no answer'],
          lastError !== null && ['When', <When at={lastError.atMs} />],
        ]}
      />
      <Part id="settings" title="Settings">
        <Facts
          rows={[
            ...settingFacts(channelSettings(config.kind), settings).map(
              ([label, words]) => [label, <Shown text={words} max={2_000} />] as const,
            ),
            // Secrets can be replaced, and are never shown.
            ...Object.keys(secrets).map(
              (slot) =>
                [settingLabel(slot), channel.secrets.includes(slot) ? 'stored' : 'not stored'] as const,
            ),
            ['Created', <When at={channel.createdAtMs} />],
            ['Changed', <When at={channel.updatedAtMs} />],
          ]}
        />
      </Part>
    </>,
  )
})

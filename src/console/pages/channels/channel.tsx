/** One channel: whether it works, its settings, and which secrets it has. */
import { channelSettings } from '../../../channels/document.ts'
import { adapterOf } from '../../../channels/index.ts'
import { shownSettings } from '../../api/channels.ts'
import { channelStatus } from '../../channels.ts'
import { channelWords, settingLabel } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge, Empty, Facts, For, NoticeLine, Part, Shown, When } from '../components.tsx'
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
      back: { href: CHANNELS.path, text: 'All channels' },
      aside: <a href={path}>Refresh</a>,
    },
    <>
      <p class="soft">{label}</p>
      <NoticeLine notice={CHANNELS.noticeIn(c)} />
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {remedy}
      </p>
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
          <a class="button" href={`${path}/edit`}>
            Change
          </a>
          <a class="button" href={`${path}/remove`}>
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
            ['Made', <When at={channel.createdAtMs} />],
            ['Changed', <When at={channel.updatedAtMs} />],
          ]}
        />
      </Part>
      <Part id="secrets" title="Secrets" lead="They can be replaced, and are never shown.">
        {Object.keys(secrets).length === 0 && <Empty>Such channels have none.</Empty>}
        <Facts
          rows={Object.entries(secrets).map(([slot, { description }]) => [
            settingLabel(slot),
            <>
              {channel.secrets.includes(slot) ? 'stored' : 'not stored'}{' '}
              <span class="under">{description}</span>
            </>,
          ])}
        />
      </Part>
    </>,
  )
})

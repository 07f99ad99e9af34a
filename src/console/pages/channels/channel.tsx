/** One channel: whether it works, its settings, and which secrets it has. */
import type { FC } from 'hono/jsx'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { adapterOf } from '../../../channels/index.ts'
import type { ChannelStatus } from '../../../watch/incidents/api.ts'
import type { Actor } from '../../access/actor.ts'
import { shownSettings } from '../../api/channels.ts'
import { channelStatus } from '../../channels.ts'
import { channelWords, settingLabel, settingWords } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge, Facts, For, NoticeLine, Part, Shown, When } from '../components.tsx'
import { CHANNELS } from './resource.ts'

export const showChannel = CHANNELS.with(async (c, channel) => {
  const context = c.get('context')
  const { name, config } = channel
  const path = CHANNELS.pathOf(name)
  const all = await channelStatus(context)
  const status = all === null ? null : all.get(name)
  const { tone, state, remedy } = channelWords(status, config.paused)
  return answerPage(
    c,
    {
      title: name,
      back: { href: CHANNELS.path, text: 'All channels' },
      aside: <a href={path}>Refresh</a>,
    },
    <>
      <p class="soft">{adapterOf(config.kind).label}</p>
      <NoticeLine notice={CHANNELS.noticeIn(c)} />
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {remedy}
      </p>
      <Buttons path={path} isPaused={config.paused} />
      <StatusFacts status={status ?? undefined} />
      <Part id="settings" title="Settings">
        <Settings channel={channel} actor={context.actor} />
      </Part>
      <Part id="secrets" title="Secrets" lead="They can be replaced, and are never shown.">
        <Secrets channel={channel} />
      </Part>
    </>,
  )
})

const Buttons: FC<{ path: string; isPaused: boolean }> = ({ path, isPaused }) => (
  <div class="buttons after">
    <For role="operator">
      <Action action={`${path}/test`} label="Send a test notice" />
      {isPaused ? (
        <Action action={`${path}/resume`} label="Resume" quiet />
      ) : (
        <Action action={`${path}/pause`} label="Pause" quiet />
      )}
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
)

const StatusFacts: FC<{ status: ChannelStatus | undefined }> = ({ status }) => {
  const lastError = status?.lastError ?? null
  return (
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
  )
}

const Settings: FC<{ channel: ChannelView; actor: Actor }> = ({ channel, actor }) => {
  const { kind: _kind, ...settings } = shownSettings(channel, actor)
  return (
    <Facts
      rows={[
        ...Object.entries(settings)
          .filter(([, value]) => value !== undefined)
          .map(
            ([name, value]) =>
              [
                settingLabel(name),
                value === null ? (
                  <span class="soft">for operators</span>
                ) : (
                  <Shown text={settingWords(name, value)} max={2_000} />
                ),
              ] as const,
          ),
        ['Made', <When at={channel.createdAtMs} />],
        ['Changed', <When at={channel.updatedAtMs} />],
      ]}
    />
  )
}

const Secrets: FC<{ channel: ChannelView }> = ({ channel: { config, secrets } }) => {
  const slots = Object.entries(adapterOf(config.kind).secrets)
  return slots.length === 0 ? (
    <p class="empty">Such channels have none.</p>
  ) : (
    <Facts
      rows={slots.map(([slot, { description }]) => [
        settingLabel(slot),
        <>
          {secrets.includes(slot) ? 'stored' : 'not stored'} <span class="under">{description}</span>
        </>,
      ])}
    />
  )
}

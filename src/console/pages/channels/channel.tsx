/** One channel: whether it works, its settings, and which secrets it has. */
import type { FC } from 'hono/jsx'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { adapterOf } from '../../../channels/index.ts'
import type { ChannelStatus } from '../../../watch/incidents/api.ts'
import { type Actor, may } from '../../access/actor.ts'
import { shownSettings } from '../../api/channels.ts'
import { channelStatus } from '../../channels.ts'
import type { ConsoleContext } from '../../context.ts'
import { channelWords } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge, Facts, Shown, When } from '../components.tsx'
import { Part } from '../destinations/part.tsx'
import { formTokenOf } from '../secret-components.tsx'
import { withChannel } from './found.ts'
import { channelNotice } from './notices.ts'
import { CHANNELS_PATH, channelPath } from './path.ts'

export const showChannel = withChannel(async (c: ConsoleContext, channel: ChannelView) => {
  const context = c.get('context')
  const path = channelPath(channel.name)
  const all = await channelStatus(context)
  const status = all === null ? null : all.get(channel.name)
  const notice = channelNotice(c.req.query('notice'))
  const { tone, state, remedy } = channelWords(status, channel.config.paused)
  return answerPage(
    c,
    { title: `${channel.name} · Postern`, corner: <a href={path}>Refresh</a> },
    <>
      <p>
        <a href={CHANNELS_PATH}>All channels</a>
      </p>
      <h1>{channel.name}</h1>
      <p class="soft">{adapterOf(channel.config.kind).label}</p>
      {notice === undefined ? (
        ''
      ) : (
        <p class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
          {notice.text}
        </p>
      )}
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {remedy ?? ''}
      </p>
      <Buttons
        path={path}
        actor={context.actor}
        formToken={await formTokenOf(c)}
        isPaused={channel.config.paused}
      />
      <StatusFacts status={status ?? undefined} nowMs={context.nowMs} />
      <Part id="settings" title="Settings">
        <Settings channel={channel} actor={context.actor} nowMs={context.nowMs} />
      </Part>
      <Part id="secrets" title="Secrets" lead="They can be replaced, and are never shown.">
        <Secrets channel={channel} />
      </Part>
    </>,
  )
})

interface ButtonsProps {
  readonly path: string
  readonly actor: Actor
  readonly formToken: string
  readonly isPaused: boolean
}

const Buttons: FC<ButtonsProps> = ({ path, actor, formToken, isPaused }) => (
  <div class="buttons after">
    {may(actor, 'operator') ? (
      <>
        <Action action={`${path}/test`} formToken={formToken} label="Send a test notice" />
        {isPaused ? (
          <Action action={`${path}/resume`} formToken={formToken} label="Resume" quiet />
        ) : (
          <Action action={`${path}/pause`} formToken={formToken} label="Pause" quiet />
        )}
      </>
    ) : (
      ''
    )}
    {may(actor, 'admin') ? (
      <>
        <a class="button" href={`${path}/edit`}>
          Change
        </a>
        <a class="button" href={`${path}/remove`}>
          Remove
        </a>
      </>
    ) : (
      ''
    )}
  </div>
)

const StatusFacts: FC<{ status: ChannelStatus | undefined; nowMs: number }> = ({ status, nowMs }) => {
  const when = (ms: number | null | undefined) => <When ms={ms ?? undefined} nowMs={nowMs} />
  const lastError = status?.lastError ?? null
  return (
    <Facts
      rows={[
        ['Last success', when(status?.lastSuccessMs)],
        ['Failing since', when(status?.failingSinceMs)],
        ['Failed tries in a row', (status?.failures ?? 0).toLocaleString('en')],
        ...(lastError === null
          ? []
          : ([
              ['Last error', <Shown text={lastError.error} max={500} />],
              ['Its status', lastError.status ?? 'no answer'],
              ['When', when(lastError.atMs)],
            ] as const)),
      ]}
    />
  )
}

const Settings: FC<{ channel: ChannelView; actor: Actor; nowMs: number }> = ({ channel, actor, nowMs }) => {
  const { kind: _kind, ...settings } = shownSettings(channel, actor)
  return (
    <Facts
      rows={[
        ...Object.entries(settings)
          .filter(([, value]) => value !== undefined)
          .map(
            ([name, value]) =>
              [
                <code>{name}</code>,
                value === null ? (
                  <span class="soft">for operators</span>
                ) : (
                  <Shown text={typeof value === 'string' ? value : JSON.stringify(value)} max={2_000} code />
                ),
              ] as const,
          ),
        ['Made', <When ms={channel.createdAtMs} nowMs={nowMs} />],
        ['Changed', <When ms={channel.updatedAtMs} nowMs={nowMs} />],
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
        <code>{slot}</code>,
        <>
          {secrets.includes(slot) ? 'stored' : 'not stored'} <span class="under">{description}</span>
        </>,
      ])}
    />
  )
}

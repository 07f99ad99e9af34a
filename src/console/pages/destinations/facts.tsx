/** How delivery stands in numbers, and the settings of the document. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { Action, Facts, For, Nothing, Shown, When } from '../components.tsx'

export const DeliveryFacts: FC<{ delivery: Delivery; path: string }> = ({ delivery, path }) => (
  <Facts
    rows={[
      delivery.since !== null && ['Since', <When at={delivery.since} />],
      ['Backlog', <Backlog delivery={delivery} />],
      ['Waiting', delivery.waiting.toLocaleString('en')],
      ['Dead letters', delivery.dead_letters.toLocaleString('en')],
      [
        'Missed',
        delivery.missed === 0
          ? '0'
          : `${delivery.missed.toLocaleString('en')}: they were removed from the store before they were sent.`,
      ],
      delivery.filtered > 0 && [
        'Dropped',
        `${delivery.filtered.toLocaleString('en')} waited, and the filter no longer lets them pass.`,
      ],
      delivery.store_restored_at !== null && ['Database restored', <When at={delivery.store_restored_at} />],
      ['Last success', <When at={delivery.last_success_at} />],
      ['Failing since', <When at={delivery.failing_since} />],
      ['Blocked since', <When at={delivery.blocked_since} />],
      ['Replay', <Replay delivery={delivery} path={path} />],
    ]}
  />
)

const Backlog: FC<{ delivery: Delivery }> = ({ delivery: { backlog, backlog_since } }) => (
  <>
    {backlog.toLocaleString('en')}
    {backlog > 0 && backlog_since !== null && (
      <>
        , the oldest from <When at={backlog_since} />
      </>
    )}
  </>
)

const Replay: FC<{ delivery: Delivery; path: string }> = ({ delivery: { replay }, path }) =>
  replay === null ? (
    <Nothing />
  ) : (
    <>
      {replay.left.toLocaleString('en')} events left, from {replay.since} to {replay.until}
      <For role="operator">
        <Action action={`${path}/replay/end`} label="End the replay" quiet />
      </For>
    </>
  )

/** Never a secret, and never the value of a header. */
export const SettingFacts: FC<{ destination: DestinationView }> = ({
  destination: { config, createdAtMs, updatedAtMs },
}) => {
  const { filter = {}, batch } = config
  const list = (names: readonly string[] | undefined) =>
    names === undefined ? 'all' : <Shown text={names.join(', ')} max={2_000} />
  return (
    <Facts
      rows={[
        ['URL', <Shown text={config.url} code />],
        ['Types', list(filter.types)],
        ['Sources', list(filter.sources)],
        [
          'Where',
          filter.where === undefined ? (
            <Nothing />
          ) : (
            <Shown text={JSON.stringify(filter.where)} max={4_000} code />
          ),
        ],
        [
          'Batches',
          batch === undefined
            ? 'no: one event a request'
            : `up to ${batch.max_events} events, after ${batch.max_wait_seconds} s at most`,
        ],
        ['Personal data', PERSONAL[config.personal]],
        ['Erasures', config.tells_erasures ? 'it is told of each person who is erased' : 'not told'],
        ['Headers', config.headers.length === 0 ? <Nothing /> : <Shown text={config.headers.join(', ')} />],
        ['Rate', config.rate_per_second === undefined ? 'not limited' : `${config.rate_per_second} a second`],
        ['At the same time', `${config.concurrency} requests`],
        ['Order', config.ordered ? 'one after the other for each message and recipient' : 'none'],
        ['Deadline of a request', `${config.timeout_seconds} s`],
        ['Signatures', config.ed25519 ? 'HMAC (v1) and Ed25519 (v1a)' : 'HMAC (v1)'],
        ['First event', <Shown text={config.restored_at ?? config.start} />],
        ['Private network', config.private_network ? 'yes' : 'no'],
        ['Made', <When at={createdAtMs} />],
        ['Changed', <When at={updatedAtMs} />],
      ]}
    />
  )
}

const PERSONAL: Readonly<Record<DestinationView['config']['personal'], string>> = {
  full: 'all',
  pseudonym: 'a keyed hash in place of the address',
  none: 'nothing that names a person',
}

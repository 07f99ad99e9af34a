/** How the webhooks that an ESP has differ from the one that should be there. Pure: the answers of the ESP in, differences out. */
import type { WebhookReport } from '../api/webhooks.ts'
import type { SeenWebhook, WebhookDriver } from '../drivers/driver.ts'
import { isAtOurUrl } from '../drivers/shared.ts'
import { shownUrl } from '../platform/shown-url.ts'

type Difference = WebhookReport['differences'][number]

export interface Compared {
  /** Null if the ESP has none that is ours. */
  readonly ours: SeenWebhook | null
  readonly others: number
  readonly differences: readonly Difference[]
}

export interface Wanted {
  /** Name of the ESP, for people. */
  readonly title: string
  readonly driver: Pick<WebhookDriver, 'types' | 'tellsSigning' | 'onePerType'>
  /** The URL of the source; null if it is not known. */
  readonly url: string | null
  /** Of the webhook that was ours before, or that the settings name. */
  readonly id: string | null
}

interface Facts extends Wanted {
  readonly ours: SeenWebhook
  /** Names in words the URLs that mending replaces. */
  readonly replaced: string
}

/** Says nothing if all is well; null is what the ESP does not tell, and never a difference. */
const ROWS: Readonly<
  Record<
    Exclude<Difference['code'], 'absent' | 'secret_waits' | 'other_secret'>,
    (facts: Facts) => string | undefined
  >
> = {
  off: ({ title, ours }) =>
    ours.enabled === false ? `the webhook at ${title} is off${because(ours.lastError)}` : undefined,
  elsewhere: ({ title, url, ours }) =>
    ours.url === null || url === null || isSameUrl(ours.url, url)
      ? undefined
      : `the webhook at ${title} points to ${textOfUrl(ours.url)}`,
  lacks_types({ title, driver, ours, replaced }) {
    const lacked = ours.types === null ? [] : driver.types.filter((type) => !ours.types?.includes(type))
    return lacked.length === 0
      ? undefined
      : `the webhook at ${title} does not send ${lacked.join(', ')}${replaced}`
  },
  drops_events: ({ title, ours: { faults = [] } }) =>
    faults.length === 0 ? undefined : `events of the webhook at ${title} do not come: ${faults.join('; ')}`,
  unsigned: ({ title, driver, ours }) =>
    driver.tellsSigning && ours.signed === false
      ? `the webhook at ${title} neither signs nor carries credentials`
      : undefined,
  failing: ({ title, ours: { counts, lastError } }) =>
    counts !== null && counts.failed > counts.delivered
      ? `${title} counts ${counts.failed} deliveries that failed and ${counts.delivered} that did not${because(lastError)}`
      : undefined,
}

const because = (error: string | null): string => (error === null ? '' : `: ${error.slice(0, 100)}`)

export function compare(seen: readonly SeenWebhook[], wanted: Wanted): Compared {
  const ours = oursOf(seen, wanted)
  const replaced = replacedWords(seen, wanted)
  if (ours === null) {
    const { title, url } = wanted
    const more = seen.length === 0 ? '' : `, and ${seen.length} that point elsewhere`
    const where = url === null ? 'is known as ours' : `points to ${textOfUrl(url)}`
    const says = `${title} has no webhook that ${where}${more}${replaced}`
    return { ours, others: seen.length, differences: [{ code: 'absent', says }] }
  }
  const differences = Object.entries(ROWS).flatMap(([code, row]): Difference[] => {
    const says = row({ ...wanted, ours, replaced })
    return says === undefined ? [] : [{ code: code as Difference['code'], says }]
  })
  return { ours, others: seen.length - 1, differences }
}

function replacedWords(seen: readonly SeenWebhook[], { driver, url }: Wanted): string {
  const others = seen.filter((one) => driver.onePerType === true && url !== null && !isAtOurUrl(one.url, url))
  const replaced = others.flatMap(({ url: theirs, types }) => {
    const own = driver.types.filter((type) => types?.includes(type))
    return own.length === 0 ? [] : [`${textOfUrl(theirs ?? '')} for ${own.join(', ')}`]
  })
  return replaced.length === 0 ? '' : `; mending replaces ${replaced.join(' and ')}`
}

/** The one at our URL, one that is on before others; else the one of the id, which points elsewhere and is no longer ours to change. */
function oursOf(seen: readonly SeenWebhook[], { url, id }: Wanted): SeenWebhook | null {
  const here = seen
    .filter((one) => url !== null && isAtOurUrl(one.url, url))
    .toSorted((a, b) => Number(isSameUrl(b.url ?? '', url ?? '')) - Number(isSameUrl(a.url ?? '', url ?? '')))
  return (
    here.find(({ enabled }) => enabled !== false) ??
    here[0] ??
    seen.find((one) => id !== null && one.id === id && one.url !== null) ??
    null
  )
}

/** Without credentials, values of the query and fragment, in which an ESP shows what it must not, and without a slash at the end. */
export const isSameUrl = (theirs: string, ours: string): boolean => plain(theirs) === plain(ours)

function plain(text: string): string {
  if (!URL.canParse(text)) return text
  const { protocol, host, pathname, searchParams } = new URL(text)
  const names = [...searchParams.keys()].toSorted().join('&')
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${names === '' ? '' : `?${names}`}`
}

/** For people: without credentials, and not endless. */
const textOfUrl = (url: string): string =>
  URL.canParse(url) ? shownUrl(url).slice(0, 200) : 'something that is no URL'

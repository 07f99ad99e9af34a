/**
 * The main cause of failures that a finding is about: why most of them failed, and which campaign, mailbox provider and domain most of
 * these share. It holds names that many have, and no address.
 */
import { type Cause, causeWord, meaningOf } from '../event/cause/causes.ts'
import { pageOf } from '../event/cause/postmaster-pages.ts'
import { OTHER_PROVIDER, mailboxProviderOf } from '../event/mailbox-providers.ts'
import { capital } from '../platform/capital.ts'
import { isMask } from '../store/masks.ts'

/** A name, and how many have it. */
interface Shared {
  readonly name: string
  readonly count: number
}

export interface MainCause {
  /** Failures that were looked at: the latest ones. */
  readonly events: number
  /** Null if no cause has a large part of them. Then the rest is of all failures. */
  readonly cause: Cause | null
  readonly detail: string | null
  /** Failures with this cause. */
  readonly count: number
  /** Names that a large part of these have; null if there is none. */
  readonly campaign: Shared | null
  readonly mailboxProvider: Shared | null
  readonly domain: Shared | null
}

/** Facts about a failure. */
export interface Failure {
  readonly cause: Cause | null
  readonly detail: string | null
  readonly campaign: string | null
  readonly domain: string | null
  /** Tells people from each other. */
  readonly person: string | null
}

/** Fewer failures say nothing about their cause. */
const EVENTS_MIN = 5
/** A part that is worth a name. */
const LARGE_PART = 0.4
/** A part that is as good as all. */
const NEARLY_ALL = 0.8
/** Fewer people of one domain could be told from it. */
const DOMAIN_PEOPLE = 10
/** A longer name is cut. */
const CAMPAIGN_MAX_CHARACTERS = 60

export function mainCauseOf(failures: readonly Failure[]): MainCause | null {
  if (failures.length < EVENTS_MIN) return null
  const known = sharedBy(failures.map(({ cause }) => cause))
  const own = known === null ? failures : failures.filter(({ cause }) => cause === known.name)
  return {
    events: failures.length,
    cause: known?.name ?? null,
    detail: known && (sharedBy(own.map(({ detail }) => detail))?.name ?? null),
    count: own.length,
    campaign: sharedBy(own.map(({ campaign }) => campaignName(campaign))),
    mailboxProvider: sharedBy(own.map(({ domain }) => providerName(domain))),
    domain: sharedBy(domainsOfMany(own)),
  }
}

/** The commonest name, if a large part of all have it. */
function sharedBy<Name extends string>(
  names: readonly (Name | null)[],
): { name: Name; count: number } | null {
  const counts = [...Map.groupBy(names, (name) => name)].flatMap(([name, { length: count }]) =>
    name === null || name === '' ? [] : [{ name, count }],
  )
  const [first] = counts.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  return first !== undefined && first.count >= LARGE_PART * names.length ? first : null
}

const campaignName = (campaign: string | null): string | null =>
  campaign === null || isMask(campaign) ? null : campaign.slice(0, CAMPAIGN_MAX_CHARACTERS)

function providerName(domain: string | null): string | null {
  const name = domain === null ? OTHER_PROVIDER : mailboxProviderOf(domain)
  return name === OTHER_PROVIDER ? null : name
}

function domainsOfMany(failures: readonly Failure[]): (string | null)[] {
  const people = new Map<string | null, Set<string | null>>()
  for (const { domain, person } of failures) people.set(domain, (people.get(domain) ?? new Set()).add(person))
  return failures.map(({ domain }) => ((people.get(domain)?.size ?? 0) < DOMAIN_PEOPLE ? null : domain))
}

/** `authentication (dmarc)`. */
export const mainCauseName = ({ cause, detail }: MainCause): string | null =>
  cause && causeWord(cause) + (detail === null ? '' : ` (${detail.replaceAll('_', ' ')})`)

/** `36 of the latest 41 for this cause, 35 of these at outlook, 30 of these of the campaign spring`; null if nothing has a name. */
export function mainCauseWords({
  cause,
  campaign,
  mailboxProvider,
  domain,
  events,
  count,
}: MainCause): string | null {
  const where = mailboxProvider ?? domain
  const parts = [
    ...(where === null ? [] : [`${where.count} of these at ${where.name}`]),
    ...(campaign === null ? [] : [`${campaign.count} of these of the campaign ${campaign.name}`]),
  ]
  if (cause === null) return parts.length === 0 ? null : [`among the latest ${events}`, ...parts].join(', ')
  return [`${count} of the latest ${events} for this cause`, ...parts].join(', ')
}

/** Records that the details of a failed authentication are about. */
const RECORDS: Readonly<Record<string, string>> = {
  dmarc: 'the DMARC record of the sending domain',
  spf: 'the SPF record of the sending domain',
  dkim: 'the DKIM key of the sending domain',
  ptr: 'the reverse DNS of the sending address',
  helo: 'the name that the sending host gives',
  tls: 'TLS of the sending host',
  sender_domain: 'the DNS of the domain in From',
}

/** The page for senders of the receiver, or of the blocklist. Null if the sender has nothing to do, or none is known. */
export const pageOfCause = ({ cause, detail, mailboxProvider }: MainCause): string | null =>
  cause && pageOf({ cause, detail }, mailboxProvider?.name)

/**
 * The step that fits the cause, as one line; undefined if none is known.
 *
 * @param failures the name of what was counted: `bounces`
 */
export function adviceOfCause(main: MainCause, failures: string): string | undefined {
  const { cause, campaign, mailboxProvider, domain, count, events } = main
  const of = `${count} of the latest ${events} ${failures}`
  const where = mailboxProvider ?? domain
  if (cause === null)
    return campaign === null
      ? undefined
      : `Look at the campaign ${campaign.name} first: ${campaign.count} of the latest ${events} ${failures} are of it.`
  const { about, means, todo } = meaningOf(cause)
  const page = pageOfCause(main)
  const see = page === null ? '' : ` See ${page}`
  if (cause === 'authentication')
    return `Mend ${RECORDS[main.detail ?? ''] ?? 'SPF, DKIM and DMARC of the sending domain'} at once: ${of} fail for it. The addresses are good.${see}`
  if (cause === 'reputation')
    return `${where === null ? 'Receivers block' : `${capital(where.name)} blocks`} your network or domain (${of}), and the addresses are good. ${todo}${see}`
  if (cause === 'unreachable' || cause === 'expired')
    return where === null
      ? undefined
      : `Wait for ${where.name}: ${of} are mail that its servers did not take, as in an outage. Send it no campaign until then.`
  if (about === 'address' && cause !== 'mailbox_full') {
    const shared = [
      ...(campaign === null ? [] : [`of the campaign ${campaign.name}`]),
      ...(where === null ? [] : [`at ${where.name}`]),
    ].join(' ')
    return `Look at the list first: ${of} are of addresses that take no mail${shared && `, most of them ${shared}`}. Stop sending to it.`
  }
  return `${means} ${todo}${see}`
}

/**
 * The wave that a main cause is of: the same cause at one mailbox provider or domain, or, of a failed authentication, in one record. The
 * same wave at several sources is one incident. Undefined if failures are spread over receivers.
 */
export function waveOf({ cause, detail, count, mailboxProvider, domain }: MainCause): string | undefined {
  if (cause === null) return undefined
  const where = [mailboxProvider, domain].find((one) => one !== null && one.count >= NEARLY_ALL * count)
  const name = where?.name ?? (cause === 'authentication' ? detail : null)
  return name === null ? undefined : `${cause}/${name}`
}

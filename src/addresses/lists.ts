/** Lists of domains and names: no request is made, and none of them makes an address undeliverable. */
import disposableDomains from 'disposable-email-domains-js/dist/dict/disposable_email_blocklist.json' with { type: 'json' }
import type { ReadAddress } from './syntax.ts'
import type { Flags } from './verdict.ts'

/**
 * The community's list as of the package's release (CC0): small, curated, and contested entries are taken out. Others of 2026-11 have ten times
 * as many and flag privacy relays of real people.
 */
const DISPOSABLE: ReadonlySet<string> = new Set(disposableDomains)

/** Providers of many, where a mistyped domain is likely, and whose names are too long to be another's by chance. */
const TOP_PROVIDERS: readonly string[] =
  `gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr yahoo.com yahoo.co.uk yahoo.fr yahoo.co.jp
  icloud.com live.com comcast.net web.de t-online.de libero.it orange.fr yandex.ru proton.me protonmail.com`.split(
    /\s+/,
  )

const FREE: ReadonlySet<string> = new Set([
  ...TOP_PROVIDERS,
  ...`outlook.de outlook.fr outlook.es outlook.it hotmail.de hotmail.it hotmail.es live.co.uk live.fr live.nl msn.com
  yahoo.de yahoo.it yahoo.es yahoo.ca yahoo.in yahoo.co.in yahoo.com.br ymail.com rocketmail.com me.com mac.com aol.com gmx.de gmx.net
  gmx.at gmx.ch gmx.com freenet.de mail.ru bk.ru list.ru inbox.ru yandex.com ya.ru qq.com 163.com 126.com naver.com daum.net hanmail.net
  pm.me tuta.com tutanota.com tutamail.com fastmail.com fastmail.fm zoho.com hey.com mail.com email.com laposte.net free.fr wanadoo.fr
  virgilio.it seznam.cz wp.pl o2.pl interia.pl uol.com.br bol.com.br rediffmail.com hushmail.com posteo.de mailbox.org duck.com`.split(
    /\s+/,
  ),
])

/** RFC 2142, and others that stand for no single person. */
const ROLES: ReadonlySet<string> = new Set(
  `postmaster abuse hostmaster webmaster noc security info marketing sales support news usenet ftp www uucp
  admin administrator billing contact hello hr jobs office team noreply no-reply help service accounts careers press root`.split(
    /\s+/,
  ),
)

export interface Listed {
  readonly flags: Flags
  /** A domain of which this one is a letter away. */
  readonly meant: string | null
}

export function listed({ local, domain }: ReadAddress): Listed {
  const labels = domain.split('.')
  const suffixes = labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'))
  const name = local.toLowerCase().split('+')[0] ?? ''
  return {
    flags: {
      disposable: suffixes.some((suffix) => DISPOSABLE.has(suffix)),
      role: ROLES.has(name),
      free: FREE.has(domain),
      catch_all: null,
    },
    meant: FREE.has(domain) ? null : (TOP_PROVIDERS.find((one) => isOneLetterAway(domain, one)) ?? null),
  }
}

/** One letter added, lost or replaced, or two neighbors exchanged. */
function isOneLetterAway(typed: string, name: string): boolean {
  let start = 0
  while (start < typed.length && typed[start] === name[start]) start++
  let end = 0
  const most = Math.min(typed.length, name.length) - start
  while (end < most && typed.at(-1 - end) === name.at(-1 - end)) end++
  const [a, b] = [typed.slice(start, typed.length - end), name.slice(start, name.length - end)]
  const isExchange = a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0]
  return Math.max(a.length, b.length) === 1 || isExchange
}

/**
 * The URL of the webhook at the ESP. The settings have it with its secret parts masked. If the provider signs URLs, the whole URL
 * is stored sealed, in the slot `webhook_url`. For other providers nothing needs the masked parts, and they are not stored.
 */
import { isMasked, shownUrl } from '../../platform/shown-url.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import { URL_SLOT } from '../../providers/shared/slots.ts'
import type { SourceConfig } from './document.ts'
import type { AcceptedSecret, DocumentProblem, Secret, Secrets, Source } from './source.ts'

export interface ResolvedUrl {
  /** For the settings. */
  readonly publicUrl: string | undefined
  /** Replaces all values of the slot; undefined if those do not change. */
  readonly secret: AcceptedSecret | undefined
  readonly problems: readonly DocumentProblem[]
}

/**
 * Finds the whole URL for a document's `publicUrl`.
 *
 * @param given whole, or masked as it was shown
 * @param secrets those of the document and the stored ones that it keeps
 * @param before the current settings and secrets of the source: masked parts are looked up there
 */
export function resolvePublicUrl(
  provider: Provider,
  given: string | undefined,
  secrets: Secrets,
  before: { readonly config?: SourceConfig | undefined; readonly secrets?: Secrets | undefined },
): ResolvedUrl {
  if (given === undefined) return resolved(shownOf(urlsIn(secrets), before.config))
  const shown = shownUrl(given)
  const hasSlot = Object.hasOwn(provider.secrets, URL_SLOT)
  if (!isMasked(given)) return resolved(shown, shown !== given && hasSlot ? given : undefined)

  if (urlsIn(secrets).some(({ url }) => shownUrl(url) === given)) return resolved(given)
  const known = [...urlsIn(before.secrets ?? {}).map(({ url }) => url), before.config?.publicUrl ?? '']
  const whole = known.find((url) => url !== '' && url !== given && shownUrl(url) === given)
  if (whole !== undefined) return resolved(given, hasSlot ? whole : undefined)
  return !hasSlot && before.config?.publicUrl === given
    ? resolved(given)
    : { publicUrl: undefined, secret: undefined, problems: [MASKED] }
}

const resolved = (publicUrl: string | undefined, whole?: string): ResolvedUrl => ({
  publicUrl,
  secret: whole === undefined ? undefined : { kind: 'signed-url', url: whole },
  problems: [],
})

const MASKED: DocumentProblem = {
  path: 'publicUrl',
  problem: 'Is masked, and no stored URL matches it: send the whole URL.',
}

/** The settings with the URL masked, even if they were saved before URLs were masked. */
export const shownConfig = (config: SourceConfig): SourceConfig =>
  config.publicUrl === undefined ? config : { ...config, publicUrl: shownUrl(config.publicUrl) }

/** The settings after a new value of the slot: they show the new URL if they showed the previous one. */
export function withNewUrl(
  config: SourceConfig,
  before: readonly (Secret | null)[],
  secret: Secret,
): SourceConfig {
  if (secret.kind !== 'signed-url') return config
  const wasShown = before.some(
    (one) => one?.kind === 'signed-url' && shownUrl(one.url) === shownConfig(config).publicUrl,
  )
  return wasShown || config.publicUrl === undefined ? { ...config, publicUrl: shownUrl(secret.url) } : config
}

/** The whole URL that the ESP signs, with the parts that are masked in the settings. */
export function wholePublicUrl({ config: { publicUrl }, secrets }: Source): string | undefined {
  if (publicUrl === undefined || !isMasked(publicUrl)) return publicUrl
  const urls = urlsIn(secrets)
  const active = urls.filter(({ acceptedUntilMs }) => acceptedUntilMs === undefined)
  const candidates = active.length > 0 ? active : urls
  return (candidates.find(({ url }) => shownUrl(url) === publicUrl) ?? candidates[0])?.url ?? publicUrl
}

/** Names of the query parameters whose values are masked. */
export function secretParametersOf(source: Source): readonly string[] {
  const whole = wholePublicUrl(source)
  return whole === undefined || whole === source.config.publicUrl
    ? []
    : [...new URL(whole).searchParams.keys()]
}

/** The URL that was shown before, or the first one. */
function shownOf(urls: readonly { readonly url: string }[], before: SourceConfig | undefined) {
  const shown = urls.map(({ url }) => shownUrl(url))
  return shown.find((one) => one === before?.publicUrl) ?? shown[0]
}

const urlsIn = (secrets: Secrets) =>
  (secrets[URL_SLOT] ?? []).filter((secret) => secret.kind === 'signed-url')

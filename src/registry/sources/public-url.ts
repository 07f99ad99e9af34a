/**
 * The URL that the ESP was given. It stands in the settings as people may see it; with what is masked there it rests sealed, in
 * the slot `webhook_url`, where the provider signs URLs. For other providers nothing needs the rest, and it is not kept.
 */
import { isMasked, shownUrl } from '../../platform/shown-url.ts'
import type { Provider } from '../../providers/provider.ts'
import { URL_SLOT } from '../../providers/shared/url-slot.ts'
import type { SourceConfig } from './document.ts'
import type { AcceptedSecret, DocumentProblem, Secret, Secrets, Source } from './source.ts'

export interface PlacedUrl {
  /** What stands in the settings. */
  readonly publicUrl: string | undefined
  /** What rests sealed instead of all that the slot holds; undefined where that stays. */
  readonly sealed: AcceptedSecret | undefined
  readonly problems: readonly DocumentProblem[]
}

/**
 * @param given the document's `publicUrl`: whole, or masked as it was shown
 * @param secrets those of the document and those that stay
 * @param before settings and secrets of the source so far: what is masked is looked for there
 */
export function placeUrl(
  provider: Provider,
  given: string | undefined,
  secrets: Secrets,
  before: { readonly config?: SourceConfig | undefined; readonly secrets?: Secrets | undefined },
): PlacedUrl {
  if (given === undefined) return placed(shownOf(urlsIn(secrets), before.config))
  const shown = shownUrl(given)
  const hasSlot = Object.hasOwn(provider.secrets, URL_SLOT)
  if (!isMasked(given)) return placed(shown, shown !== given && hasSlot ? given : undefined)

  if (urlsIn(secrets).some(({ url }) => shownUrl(url) === given)) return placed(given)
  const known = [...urlsIn(before.secrets ?? {}).map(({ url }) => url), before.config?.publicUrl ?? '']
  const whole = known.find((url) => url !== '' && url !== given && shownUrl(url) === given)
  if (whole !== undefined) return placed(given, hasSlot ? whole : undefined)
  return !hasSlot && before.config?.publicUrl === given
    ? placed(given)
    : { publicUrl: undefined, sealed: undefined, problems: [MASKED] }
}

const placed = (publicUrl: string | undefined, whole?: string): PlacedUrl => ({
  publicUrl,
  sealed: whole === undefined ? undefined : { kind: 'signed-url', url: whole },
  problems: [],
})

const MASKED: DocumentProblem = {
  path: 'publicUrl',
  problem: 'Is masked, and no stored URL looks like it: bring the whole URL.',
}

/** The settings as people may see them, also where they were saved before URLs were masked. */
export const shownConfig = (config: SourceConfig): SourceConfig =>
  config.publicUrl === undefined ? config : { ...config, publicUrl: shownUrl(config.publicUrl) }

/** The settings after a new value of the slot: they show it where they showed the one before. */
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

/** The URL that the ESP signs: the one that the settings show, with what is masked there. */
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

/** Of several the one that was shown, else the first. */
function shownOf(urls: readonly { readonly url: string }[], before: SourceConfig | undefined) {
  const shown = urls.map(({ url }) => shownUrl(url))
  return shown.find((one) => one === before?.publicUrl) ?? shown[0]
}

const urlsIn = (secrets: Secrets) =>
  (secrets[URL_SLOT] ?? []).filter((secret) => secret.kind === 'signed-url')

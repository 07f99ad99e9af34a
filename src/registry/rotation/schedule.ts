/** When each secret of a source is due for rotation, and the state of that rotation. Pure functions. */
import { isGenerated } from '../../providers/shared/slots.ts'
import { providerNamed } from '../../providers/index.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { PendingInstall } from '../installation/pending-installs.ts'
import { isInstalled } from '../installation/index.ts'
import type { RotationState, SecretVersion, SlotRotation } from './secret-version.ts'
import { DAY_MS } from '../../platform/time.ts'

/** Notice before a rotation that an operator has to do at the ESP. At most a quarter of the rotation period. */
const NOTICE_MS = 7 * DAY_MS

/** Kinds that have no rotation: names, pins, and URLs, which change with the ESP's settings. */
const NOT_ROTATED: ReadonlySet<SecretKind> = new Set([
  'topic-arn',
  'scaleway-topic',
  'account',
  'jwks-url',
  'signed-url',
  'certificate-sha256',
])

/** For a source that does not say. */
const DEFAULT_DAYS = 30

/**
 * After how many days a slot's secret is due. A source that does not say has only those secrets replaced that every delivery
 * carries, since proxies, logs and error reports see them. A public key is no secret, and an HMAC key does not travel.
 */
function periodOf({ rotateEveryDays }: SourceConfig, provider: Provider, slot: string): number | null {
  if (rotateEveryDays !== undefined) return rotateEveryDays
  const methods = provider.authMethods.filter(({ slots }) => slots.includes(slot))
  // No method uses the token with which Postern calls the ESP's API.
  const travels = methods.length === 0 || methods.some(({ covers }) => covers === 'nothing')
  return travels ? DEFAULT_DAYS : null
}

/** One for each slot with an active version. */
export function rotationsOf(
  config: SourceConfig,
  versions: readonly SecretVersion[],
  pendingInstalls: readonly PendingInstall[],
  nowMs: number,
): SlotRotation[] {
  const provider = providerNamed(config.provider)
  if (provider === undefined) return []
  return [...Map.groupBy(versions, ({ slot }) => slot)].flatMap(([slot, inSlot]) => {
    const kind = Object.hasOwn(provider.secrets, slot) ? provider.secrets[slot] : undefined
    const active = inSlot.filter(({ state }) => state === 'active')
    if (kind === undefined || NOT_ROTATED.has(kind) || active.length === 0) return []
    const pendingInstall = pendingInstalls.find((one) => one.slot === slot)
    const period = periodOf(config, provider, slot)
    const dueAtMs = dueAt(period, active)
    const hasPending = inSlot.some(({ state }) => state === 'pending')
    return [
      {
        slot,
        state:
          pendingInstall === undefined
            ? hasPending
              ? 'waiting'
              : ageState(period, dueAtMs, nowMs)
            : 'installing',
        generated: isGenerated(provider, slot),
        installed: isInstalled(config, versions, slot),
        dueAtMs,
        problem: pendingInstall?.problem ?? null,
      },
    ]
  })
}

/** Counted from the newest active version: an operator keeps the others on purpose. */
function dueAt(period: number | null, active: readonly SecretVersion[]): number | null {
  if (period === null) return null
  const activatedAtMs = active.map(({ activatedAtMs, createdAtMs }) => activatedAtMs ?? createdAtMs)
  return Math.max(...activatedAtMs) + period * DAY_MS
}

function ageState(period: number | null, dueAtMs: number | null, nowMs: number): RotationState {
  if (dueAtMs === null || period === null) return 'fresh'
  if (nowMs >= dueAtMs) return 'due'
  return nowMs >= dueAtMs - Math.min(NOTICE_MS, (period * DAY_MS) / 4) ? 'soon' : 'fresh'
}

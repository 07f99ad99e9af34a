/** When each secret of a source is due for another version, and how far its rotation has come. Pure. */
import { providerNamed } from '../../providers/index.ts'
import type { SecretKind } from '../../providers/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { PendingInstall } from '../installation/pending-installs.ts'
import { isInstalled } from '../installation/index.ts'
import type { RotationState, SecretVersion, SlotRotation } from './secret-version.ts'
import { isGenerated } from './generated.ts'

const DAY_MS = 86_400_000

/** An operator who has to fetch a new value at an ESP hears of it this much before it is due, and a quarter of the period at most. */
const NOTICE_MS = 7 * DAY_MS

/** Names, pins and addresses. A URL that carries credentials changes with the ESP's settings, and by no schedule. */
const NO_SECRETS: ReadonlySet<SecretKind> = new Set([
  'topic-arn',
  'scaleway-topic',
  'jwks-url',
  'signed-url',
  'certificate-sha256',
])

/** By slot, of those that hold an active secret. */
export function rotationsOf(
  config: SourceConfig,
  versions: readonly SecretVersion[],
  pendingInstalls: readonly PendingInstall[],
  nowMs: number,
): SlotRotation[] {
  const provider = providerNamed(config.provider)
  if (provider === undefined) return []
  return [...Map.groupBy(versions, ({ slot }) => slot)].flatMap(([slot, ones]) => {
    const kind = Object.hasOwn(provider.secrets, slot) ? provider.secrets[slot] : undefined
    const active = ones.filter(({ state }) => state === 'active')
    if (kind === undefined || NO_SECRETS.has(kind) || active.length === 0) return []
    const pendingInstall = pendingInstalls.find((one) => one.slot === slot)
    const dueAtMs = dueAt(config, active)
    const waits = ones.some(({ state }) => state === 'pending')
    return [
      {
        slot,
        state:
          pendingInstall === undefined
            ? waits
              ? 'waiting'
              : ageState(config, dueAtMs, nowMs)
            : 'installing',
        generated: isGenerated(provider, slot),
        installed: isInstalled(config, versions, slot),
        dueAtMs,
        problem: pendingInstall?.problem ?? null,
      },
    ]
  })
}

/** By the newest active version: those beside it are kept on purpose. */
function dueAt({ rotateEveryDays }: SourceConfig, active: readonly SecretVersion[]): number | null {
  if (rotateEveryDays === null) return null
  const begun = active.map(({ activatedAtMs, createdAtMs }) => activatedAtMs ?? createdAtMs)
  return Math.max(...begun) + rotateEveryDays * DAY_MS
}

function ageState({ rotateEveryDays }: SourceConfig, dueAtMs: number | null, nowMs: number): RotationState {
  if (dueAtMs === null || rotateEveryDays === null) return 'fresh'
  if (nowMs >= dueAtMs) return 'due'
  return nowMs >= dueAtMs - Math.min(NOTICE_MS, (rotateEveryDays * DAY_MS) / 4) ? 'soon' : 'fresh'
}

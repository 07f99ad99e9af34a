/** When each secret of a source is due for rotation, and the state of that rotation. Pure functions. */
import { providerNamed } from '../../providers/index.ts'
import type { SecretKind } from '../../providers/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { PendingInstall } from '../installation/pending-installs.ts'
import { isInstalled } from '../installation/index.ts'
import type { RotationState, SecretVersion, SlotRotation } from './secret-version.ts'
import { isGenerated } from './generated.ts'

const DAY_MS = 86_400_000

/** Notice before a rotation that an operator has to do at the ESP. At most a quarter of the rotation period. */
const NOTICE_MS = 7 * DAY_MS

/** Kinds that have no rotation: names, pins, and URLs, which change with the ESP's settings. */
const NOT_ROTATED: ReadonlySet<SecretKind> = new Set([
  'topic-arn',
  'scaleway-topic',
  'jwks-url',
  'signed-url',
  'certificate-sha256',
])

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
    const dueAtMs = dueAt(config, active)
    const hasPending = inSlot.some(({ state }) => state === 'pending')
    return [
      {
        slot,
        state:
          pendingInstall === undefined
            ? hasPending
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

/** Counted from the newest active version: an operator keeps the others on purpose. */
function dueAt({ rotateEveryDays }: SourceConfig, active: readonly SecretVersion[]): number | null {
  if (rotateEveryDays === null) return null
  const activatedAtMs = active.map(({ activatedAtMs, createdAtMs }) => activatedAtMs ?? createdAtMs)
  return Math.max(...activatedAtMs) + rotateEveryDays * DAY_MS
}

function ageState({ rotateEveryDays }: SourceConfig, dueAtMs: number | null, nowMs: number): RotationState {
  if (dueAtMs === null || rotateEveryDays === null) return 'fresh'
  if (nowMs >= dueAtMs) return 'due'
  return nowMs >= dueAtMs - Math.min(NOTICE_MS, (rotateEveryDays * DAY_MS) / 4) ? 'soon' : 'fresh'
}

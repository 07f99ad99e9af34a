/** The calls about sources, for operators. */
import type { CaptureWindow } from '../../event/captured.ts'
import { SETUP_MAX_SECONDS, isSetupOpen } from '../../event/setup-window.ts'
import { toInstant } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { Containment } from '../containment/containment.ts'
import type { Installer } from '../installation/installer.ts'
import type { ChangeResult } from '../owners/changed.ts'
import { Owners, type OwnersDeps, changeOwner, changeSecret, unknown } from '../owners/owners.ts'
import { UNCHANGED, planReload } from '../owners/plan.ts'
import type { SecretRequest } from '../rotation/contract.ts'
import { rotationsOf } from '../rotation/schedule.ts'
import { fingerprintsOf } from '../secrets/fingerprints.ts'
import type { SourceConfig } from './document.ts'
import { SOURCES, missingSecrets } from './kind.ts'
import { shownConfig } from './public-url.ts'
import { sameAccount } from './same-account.ts'
import type { StoredSource } from './source-tables.ts'
import type { SourceView } from './source.ts'

export interface SourcesDeps {
  readonly changes: Changes
  readonly installer: Installer
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
}

/**
 * Wait between a rotation and the call to the ESP. A gateway that has just checked a source does not check it again for one second
 * (`RECHECK_MS` in `gateway/accept/sources.ts`). It would refuse the new secret until then, and some ESPs never retry.
 */
const GATEWAY_RECHECK_MS = 1_200

export class Sources extends Owners<SourceConfig, SourceView> {
  readonly #deps: SourcesDeps & OwnersDeps<SourceConfig, SourceView>

  constructor(deps: SourcesDeps) {
    const { changes, nowMs } = deps
    const owners = {
      changes,
      tables: changes.tables.sources,
      viewOf: (source: StoredSource) => sourceView(changes, source, nowMs()),
      detailsOf: async (source: StoredSource) => ({
        fingerprints: await fingerprintsOf(() => changes.sealer(), source),
      }),
    }
    super(owners)
    this.#deps = { ...deps, ...owners }
  }

  async changeSecret(name: string, request: SecretRequest, who: Who): Promise<ChangeResult<SourceView>> {
    const { changes, installer, pause, viewOf } = this.#deps
    const done = await changeSecret(this.#deps, SOURCES, name, request, who)
    const { secrets, sources } = changes.tables
    const isInstalled =
      done.ok && request.kind === 'rotate' && secrets.pendingInstalls.find(name, request.slot) !== undefined
    if (!isInstalled) return done
    await pause(GATEWAY_RECHECK_MS)
    await installer.install(name, request.slot, who)
    const source = sources.find(name)
    return source === undefined ? done : { ...done, owner: viewOf(source) }
  }

  /** Names of other sources with the same account at their ESP. */
  async ofSameAccount(name: string): Promise<string[]> {
    const { changes } = this.#deps
    const { sources } = changes.tables
    const source = sources.find(name)
    if (source === undefined) return []
    const all = sources.names().flatMap((one) => sources.find(one) ?? [])
    return sameAccount(changes.sealer(), source, all)
  }

  /** Begins a capture of refused deliveries in place of an earlier one, or ends it. @param window null ends it */
  async capture(name: string, window: CaptureWindow | null, who: Who): Promise<ChangeResult<SourceView>> {
    const { captures } = this.#deps.changes.tables.sources
    return changeOwner(this.#deps, name, who, null, (before, { nowMs }) => {
      if (before === undefined) return unknown(SOURCES)
      const present = captures.at(name, nowMs)
      if (window === null && present === undefined) return UNCHANGED
      const draft: AuditDraft = {
        action: window === null ? 'capture.ended' : 'capture.began',
        target: `source/${name}`,
        before: recordOf(present),
        after: recordOf(window),
      }
      return planReload(before, draft, () =>
        window === null ? captures.remove(name) : captures.set(name, window),
      )
    })
  }

  /** Opens the set-up for its ESP's first call, anew if it is open, or closes it. @param seconds null closes it */
  async setup(name: string, seconds: number | null, who: Who): Promise<ChangeResult<SourceView>> {
    const { setups } = this.#deps.changes.tables.sources
    return changeOwner(this.#deps, name, who, null, (source, { nowMs }) => {
      if (source === undefined) return unknown(SOURCES)
      if (providerNamed(source.config.provider)?.firstCall === undefined)
        return { ok: false, code: 'setup_not_needed' }
      const before = setups.of(name)
      const isOpen = isSetupOpen(before, nowMs)
      if (seconds === null && !isOpen) return UNCHANGED
      const [openedAtMs, endsAtMs] =
        seconds === null
          ? [before.openedAtMs, null]
          : [nowMs, nowMs + Math.min(seconds, SETUP_MAX_SECONDS) * 1_000]
      const draft: AuditDraft = {
        action: seconds === null ? 'setup.closed' : 'setup.opened',
        target: `source/${name}`,
        before: endOf(isOpen ? before.endsAtMs : null),
        after: endOf(endsAtMs),
      }
      return planReload(source, draft, () => setups.write(name, openedAtMs, endsAtMs))
    })
  }

  /** Containments that are active, and those of the last 30 days, newest first. @param source null for all */
  async containments(source: string | null): Promise<Containment[]> {
    const { changes, nowMs } = this.#deps
    return changes.tables.sources.containments.list(source, nowMs())
  }
}

const recordOf = (window: CaptureWindow | null = null) => endOf(window?.endsAtMs ?? null)

const endOf = (endsAtMs: number | null) => (endsAtMs === null ? null : { ends_at: toInstant(endsAtMs) })

export const sourceView = (
  changes: Changes,
  { secrets, ...source }: StoredSource,
  nowMs: number,
): SourceView => ({
  ...source,
  config: shownConfig(source.config),
  secrets: secrets.map(({ sealed: _sealed, ...version }) => version),
  rotations: rotationsOf(
    source.config,
    secrets,
    changes.tables.secrets.pendingInstalls.of(source.name),
    nowMs,
  ),
  missingSecrets: missingSecrets(source.config, secrets, nowMs),
  setup: providerNamed(source.config.provider)?.firstCall && changes.tables.sources.setups.of(source.name),
})

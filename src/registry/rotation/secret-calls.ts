/** The registry's calls about secrets: rotation, retrieval links, and installation at ESPs. */
import type { Who } from '../audit/entry.ts'
import type { Changes, Decided } from '../changes.ts'
import { Installer } from '../installation/installer.ts'
import { openVersions } from './sealed.ts'
import { shownValues } from './generated.ts'
import type { PlanContext } from '../sources/plan.ts'
import { planActivate, planLink, planRetrieved, planRevoke, planRotate } from './plan-secret.ts'
import type { LinkRequest, Retrieved, RotateRequest, SecretResult, ShownValue } from './contract.ts'
import type { NotChanged } from '../sources/source.ts'
import type { StoredSource } from '../sources/source-tables.ts'

/**
 * Wait between a rotation and the call to the ESP. A gateway that has just checked a source does not check it again for one second
 * (`RECHECK_MS` in `gateway/accept/sources.ts`). It would refuse the new secret until then, and some ESPs never retry.
 */
const GATEWAY_RECHECK_MS = 1_200

type DecideExisting = (before: StoredSource, context: PlanContext) => Decided | Promise<Decided>

export class SecretCalls {
  readonly installer: Installer
  readonly #changes: Changes
  readonly #nowMs: () => number
  readonly #pause: (ms: number) => Promise<void>

  constructor(
    changes: Changes,
    fetcher: typeof fetch,
    nowMs: () => number,
    pause: (ms: number) => Promise<void>,
  ) {
    this.installer = new Installer(changes, fetcher, nowMs)
    this.#changes = changes
    this.#nowMs = nowMs
    this.#pause = pause
  }

  async rotate(name: string, request: RotateRequest, who: Who): Promise<SecretResult> {
    const done = await this.#change(
      name,
      who,
      (before, context) => planRotate(before, request, context),
      request.expectedVersion,
    )
    if (!done.ok || this.#changes.tables.pendingInstalls.find(name, request.slot) === undefined) return done
    await this.#pause(GATEWAY_RECHECK_MS)
    await this.installer.install(name, request.slot, who)
    const source = this.#changes.tables.find(name)
    return source === undefined ? done : { ...done, source: this.#changes.tables.view(source, this.#nowMs()) }
  }

  activate(
    name: string,
    slot: string,
    version: number,
    graceSeconds: number | undefined,
    who: Who,
  ): Promise<SecretResult> {
    return this.#change(name, who, (before, context) =>
      planActivate(before, slot, version, graceSeconds, context),
    )
  }

  revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult> {
    return this.#change(name, who, (before, context) => planRevoke(before, slot, version, force, context))
  }

  link(name: string, slot: string, version: number, link: LinkRequest, who: Who): Promise<SecretResult> {
    return this.#change(name, who, (before, context) => planLink(before, slot, version, link, context))
  }

  /** Fetches a value once. Guards are notified that the version is active before the value is returned. */
  async retrieve(sha256: string, who: Who): Promise<Retrieved> {
    const { links } = this.#changes.tables
    const found = links.find(sha256)
    if (found === undefined) return NOTHING
    const { source, slot, version } = found
    let values: readonly ShownValue[] = []
    const done = await this.#change(source, who, async (before, context) => {
      // Of two calls with one link, the second no longer finds it.
      const link = links.find(sha256)
      if (link === undefined || link.endsAtMs <= context.nowMs) return { ok: false, code: 'secret_unknown' }
      const rows = before.secrets.filter((one) => one.slot === slot && one.version === version)
      const [opened] = await openVersions(context.sealer, source, rows)
      if (!opened?.secret) return { ok: false, code: 'secret_unknown' }
      values = shownValues(opened.secret)
      return planRetrieved(before, { slot, version }, sha256, context)
    })
    return done.ok ? { ok: true, source, slot, version, values } : NOTHING
  }

  #change(
    name: string,
    who: Who,
    decide: DecideExisting,
    expectedVersion: number | null = null,
  ): Promise<SecretResult> {
    return this.#changes.changeSource(name, who, expectedVersion, (before, context) =>
      before === undefined ? UNKNOWN : decide(before, context),
    )
  }
}

const NOTHING: Retrieved = { ok: false }
const UNKNOWN: NotChanged = { ok: false, code: 'source_unknown' }

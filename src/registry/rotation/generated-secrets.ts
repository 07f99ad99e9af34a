/** The calls about generated secrets of sources and destinations: fetching one by its link, and the scheduled run. */
import { RpcTarget } from 'cloudflare:workers'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { DESTINATIONS } from '../destinations/kind.ts'
import type { RotatingKind, Stored } from '../owners/owner.ts'
import type { Plan, PlanContext } from '../owners/plan.ts'
import { SOURCES } from '../sources/kind.ts'
import type { NotChanged } from '../sources/source.ts'
import type { Sources } from '../sources/sources.ts'
import type { MaintenancePage, Retrieved, ShownValue } from './contract.ts'
import { shownValues } from './generated.ts'
import { rotateDueSecrets } from './maintenance.ts'
import { planRetrieved } from './plan-secret.ts'
import { openVersions } from './sealed.ts'

export class GeneratedSecrets extends RpcTarget {
  readonly #changes: Changes
  readonly #sources: Sources
  readonly #nowMs: () => number

  constructor(changes: Changes, sources: Sources, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#sources = sources
    this.#nowMs = nowMs
  }

  /** The scheduled run for one page of sources. @param after the `next` of the previous page; empty for the first page */
  async rotateDue(after: string, who: Who): Promise<MaintenancePage> {
    return rotateDueSecrets(this.#changes, this.#sources, after, who, this.#nowMs())
  }

  /**
   * Fetches a value by its link, once. A pending version becomes active, and guards are notified of that before the value is
   * returned.
   *
   * @param sha256 of the token, lower-case hex
   */
  async retrieve(sha256: string, who: Who): Promise<Retrieved> {
    const { destinations, secrets, sources } = this.#changes.tables
    const { links } = secrets
    const found = links.find(sha256)
    if (found === undefined) return NOTHING
    const { source: owner, slot, version } = found
    let values: readonly ShownValue[] = []
    const fetchFrom = async <Config>(
      kind: RotatingKind<Config>,
      before: Stored<Config> | undefined,
      context: PlanContext,
    ): Promise<Plan<Config> | NotChanged> => {
      // Of two calls with one link, the second no longer finds it.
      const link = links.find(sha256)
      const rows = before?.secrets.filter((one) => one.slot === slot && one.version === version) ?? []
      if (before === undefined || link === undefined || link.endsAtMs <= context.nowMs) return UNKNOWN_SECRET
      const [opened] = await openVersions(context.sealer, owner, rows)
      if (!opened?.secret) return UNKNOWN_SECRET
      values = shownValues(opened.secret)
      return planRetrieved(kind, before, { slot, version }, sha256, context)
    }
    const destination = destinationOf(owner)
    const done =
      destination === null
        ? await this.#changes.change(sources, owner, who, null, (...of) => fetchFrom(SOURCES, ...of))
        : await this.#changes.change(destinations, destination, who, null, (...of) =>
            fetchFrom(DESTINATIONS, ...of),
          )
    if (!done.ok) return NOTHING
    return { ok: true, source: destination === null ? owner : null, destination, slot, version, values }
  }
}

/** The name of the destination, if the owner is one. */
const destinationOf = (owner: string): string | null =>
  owner.startsWith('destination/') ? owner.slice('destination/'.length) : null

const NOTHING: Retrieved = { ok: false }
const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }

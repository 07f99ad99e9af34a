/** The registry's calls about secrets: rotation, retrieval links, and installation at ESPs. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { Installer } from '../installation/installer.ts'
import { openVersions } from './sealed.ts'
import { shownValues } from './generated.ts'
import type { Stored } from '../owners/owner.ts'
import type { Plan, PlanContext } from '../owners/plan.ts'
import { planSecret } from '../owners/plan-request.ts'
import { planRetrieved } from './plan-secret.ts'
import type {
  LinkRequest,
  Retrieved,
  RotateRequest,
  SecretRequest,
  SecretResult,
  ShownValue,
} from './contract.ts'
import type { NotChanged } from '../sources/source.ts'

/**
 * Wait between a rotation and the call to the ESP. A gateway that has just checked a source does not check it again for one second
 * (`RECHECK_MS` in `gateway/accept/sources.ts`). It would refuse the new secret until then, and some ESPs never retry.
 */
const GATEWAY_RECHECK_MS = 1_200

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
    const done = await this.#change(name, { kind: 'rotate', ...request }, who, request.expectedVersion)
    if (!done.ok || this.#changes.tables.secrets.pendingInstalls.find(name, request.slot) === undefined)
      return done
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
    return this.#change(name, { kind: 'activate', slot, version, graceSeconds }, who)
  }

  revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult> {
    return this.#change(name, { kind: 'revoke', slot, version, force }, who)
  }

  link(name: string, slot: string, version: number, link: LinkRequest, who: Who): Promise<SecretResult> {
    return this.#change(name, { kind: 'link', slot, version, link }, who)
  }

  /** Fetches a value once. Guards are notified that the version is active before the value is returned. */
  async retrieve(sha256: string, who: Who): Promise<Retrieved> {
    const { links } = this.#changes.tables.secrets
    const found = links.find(sha256)
    if (found === undefined) return NOTHING
    const { source: owner, slot, version } = found
    let values: readonly ShownValue[] = []
    const decide = async <Config>(
      before: Stored<Config> | undefined,
      context: PlanContext<Config>,
    ): Promise<Plan<Config> | NotChanged> => {
      // Of two calls with one link, the second no longer finds it.
      const link = links.find(sha256)
      const rows = before?.secrets.filter((one) => one.slot === slot && one.version === version) ?? []
      if (before === undefined || link === undefined || link.endsAtMs <= context.nowMs) return UNKNOWN_SECRET
      const [opened] = await openVersions(context.sealer, owner, rows)
      if (!opened?.secret) return UNKNOWN_SECRET
      values = shownValues(opened.secret)
      return planRetrieved(before, { slot, version }, sha256, context)
    }
    const destination = destinationOf(owner)
    const done =
      destination === null
        ? await this.#changes.changeSource(owner, who, null, decide)
        : await this.#changes.changeDestination(destination, who, null, decide)
    if (!done.ok) return NOTHING
    return { ok: true, source: destination === null ? owner : null, destination, slot, version, values }
  }

  #change(
    name: string,
    request: SecretRequest,
    who: Who,
    expectedVersion: number | null = null,
  ): Promise<SecretResult> {
    return this.#changes.changeSource(name, who, expectedVersion, (before, context) =>
      before === undefined ? UNKNOWN : planSecret(before, request, context),
    )
  }
}

/** The name of the destination, if the owner is one. */
const destinationOf = (owner: string): string | null =>
  owner.startsWith('destination/') ? owner.slice('destination/'.length) : null

const NOTHING: Retrieved = { ok: false }
const UNKNOWN: NotChanged = { ok: false, code: 'source_unknown' }
const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }

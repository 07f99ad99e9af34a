/**
 * Sets new secrets at ESPs that have an API for it. Postern accepts both versions before it calls the ESP. The old one retires
 * only after the ESP has confirmed. So a crash at any point leaves the ESP with a secret that is accepted. Pending installs
 * are in a table, and setting the same value twice is harmless.
 */
import type { ApiRequest } from '../../drivers/driver.ts'
import { doubled } from '../../platform/back-off.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { openVersions, unlessUnreadable } from '../rotation/sealed.ts'
import { UNCHANGED } from '../owners/plan.ts'
import { unknown } from '../owners/owners.ts'
import { planInstalled } from '../rotation/plan-secret.ts'
import { SOURCES } from '../sources/kind.ts'
import type { InstallProblem } from '../rotation/secret-version.ts'
import type { PendingInstall } from './pending-installs.ts'
import { installationOf } from './index.ts'
import { sendTo } from './send.ts'

const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 3_600_000

export class Installer {
  readonly #changes: Changes
  readonly #fetcher: typeof fetch
  readonly #nowMs: () => number
  /** The last request of each slot: two at once could arrive in the wrong order. */
  readonly #running = new Map<string, Promise<void>>()

  constructor(changes: Changes, fetcher: typeof fetch, nowMs: () => number) {
    this.#changes = changes
    this.#fetcher = fetcher
    this.#nowMs = nowMs
  }

  /** Tries a slot's pending install once, if it is due. A failure is stored in the pending install. */
  async install(source: string, slot: string, who: Who): Promise<void> {
    const key = JSON.stringify([source, slot])
    const attempt = (this.#running.get(key) ?? Promise.resolve()).then(() => this.#try(source, slot, who))
    const settled = attempt.catch(() => undefined)
    this.#running.set(key, settled)
    void settled.then(() => {
      if (this.#running.get(key) === settled) this.#running.delete(key)
    })
    await attempt
  }

  /** Tries all pending installs that are due. */
  async installDue(who: Who): Promise<void> {
    for (const { source, slot } of this.#pendingInstalls.due(this.#nowMs()))
      await this.install(source, slot, who)
  }

  /** Milliseconds until the next install is due; null when none is pending. */
  nextTryInMs(): number | null {
    const nextMs = this.#pendingInstalls.nextTryAtMs()
    return nextMs === null ? null : Math.max(0, nextMs - this.#nowMs())
  }

  async #try(source: string, slot: string, who: Who): Promise<void> {
    const pendingInstall = this.#pendingInstalls.find(source, slot)
    // Another call may have tried it just now.
    if (pendingInstall === undefined || pendingInstall.nextTryAtMs > this.#nowMs()) return
    const prepared = await unlessUnreadable(() => this.#prepare(pendingInstall))
    // Nothing to set any more: the version is revoked, or a person sets it now.
    if (prepared === undefined) return this.#pendingInstalls.remove(pendingInstall)

    const problem = typeof prepared === 'string' ? prepared : await sendTo(this.#fetcher, prepared)
    if (problem !== null) {
      const waitMs = doubled(FIRST_WAIT_MS, LONGEST_WAIT_MS, pendingInstall.tries + 1)
      return this.#pendingInstalls.failed(pendingInstall, problem, this.#nowMs() + waitMs)
    }
    const { sources } = this.#changes.tables
    await this.#changes.change(sources, source, who, null, (before, context) => {
      if (before === undefined) return unknown(SOURCES)
      // A newer version replaced this one while the ESP answered. It is set next.
      if (this.#pendingInstalls.find(source, slot)?.version !== pendingInstall.version) return UNCHANGED
      return planInstalled(SOURCES, before, slot, pendingInstall.version, context)
    })
  }

  async #prepare({
    source: name,
    slot,
    version,
  }: PendingInstall): Promise<ApiRequest | InstallProblem | undefined> {
    const source = this.#changes.tables.sources.find(name)
    const installation = source && installationOf(source.config, slot)
    const row = source?.secrets.find((one) => one.slot === slot && one.version === version)
    if (installation === undefined || row === undefined || row.sealed === null) return undefined
    const tokenRow = source?.secrets.findLast((one) => one.slot === API_SLOT && one.state === 'active')
    if (tokenRow === undefined) return 'credential_missing'
    const opened = await openVersions(this.#changes.sealer(), name, [row, tokenRow])
    const [secret, token] = opened.map((one) => one.secret)
    if (token?.kind !== 'text' || (secret?.kind !== 'text' && secret?.kind !== 'basic')) return undefined
    const { installs, settings } = installation
    return installs.request({ key: token.text, settings }, secret)
  }

  get #pendingInstalls() {
    return this.#changes.tables.secrets.pendingInstalls
  }
}

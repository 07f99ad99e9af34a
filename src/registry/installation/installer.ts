/**
 * Sets new secrets at ESPs that have an API for it. Both versions are accepted here before the ESP is told, and the old one
 * retires only after the ESP has confirmed: whatever dies in between, what the ESP sends with is accepted. What is owed rests
 * in a table, and setting the same value twice does no harm.
 */
import { API_SLOT } from '../../providers/shared/api-slot.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { openVersions, unlessUnreadable } from '../rotation/sealed.ts'
import { planInstalled } from '../rotation/plan-secret.ts'
import type { InstallProblem } from '../rotation/secret-version.ts'
import type { PendingInstall } from './pending-installs.ts'
import type { ProvisionerRequest } from './provisioner.ts'
import { installationOf } from './index.ts'
import { sendTo } from './send.ts'

const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 3_600_000

export class Installer {
  readonly #changes: Changes
  readonly #fetcher: typeof fetch
  readonly #nowMs: () => number
  /** Two requests for one slot under way at once could arrive in the wrong order. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(changes: Changes, fetcher: typeof fetch, nowMs: () => number) {
    this.#changes = changes
    this.#fetcher = fetcher
    this.#nowMs = nowMs
  }

  /** Tries once what is owed for a slot, if its time has come. The answer stands in the debt that is left. */
  async settle(source: string, slot: string, who: Who): Promise<void> {
    const key = JSON.stringify([source, slot])
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#try(source, slot, who))
    const quiet = turn.catch(() => undefined)
    this.#turns.set(key, quiet)
    void quiet.then(() => {
      if (this.#turns.get(key) === quiet) this.#turns.delete(key)
    })
    await turn
  }

  /** Tries everything whose time has come. */
  async settleDue(who: Who): Promise<void> {
    for (const { source, slot } of this.#pendingInstalls.due(this.#nowMs()))
      await this.settle(source, slot, who)
  }

  /** In how many milliseconds something has to be attempted; null when nothing is owed. */
  nextInMs(): number | null {
    const nextMs = this.#pendingInstalls.nextTryAtMs()
    return nextMs === null ? null : Math.max(0, nextMs - this.#nowMs())
  }

  async #try(source: string, slot: string, who: Who): Promise<void> {
    const pendingInstall = this.#pendingInstalls.find(source, slot)
    // Somebody else's turn may have attempted it just now.
    if (pendingInstall === undefined || pendingInstall.nextTryAtMs > this.#nowMs()) return
    const prepared = await unlessUnreadable(() => this.#prepare(pendingInstall))
    // Nothing to set any more: the version is over, or a person sets it now.
    if (prepared === undefined) return this.#pendingInstalls.paid(pendingInstall)

    const problem = typeof prepared === 'string' ? prepared : await sendTo(this.#fetcher, prepared)
    if (problem !== null) {
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** pendingInstall.tries)
      return this.#pendingInstalls.failed(pendingInstall, problem, this.#nowMs() + waitMs)
    }
    await this.#changes.changeSource(source, who, null, (before, context) => {
      if (before === undefined) return { ok: false, code: 'source_unknown' }
      // A newer version has taken the place of this one while the ESP answered: it is set next.
      if (this.#pendingInstalls.find(source, slot)?.version !== pendingInstall.version)
        return { ok: true, next: 'unchanged' }
      return planInstalled(before, slot, pendingInstall.version, context)
    })
  }

  async #prepare({
    source: name,
    slot,
    version,
  }: PendingInstall): Promise<ProvisionerRequest | InstallProblem | undefined> {
    const source = this.#changes.tables.find(name)
    const installation = source && installationOf(source.config, slot)
    const row = source?.secrets.find((one) => one.slot === slot && one.version === version)
    if (installation === undefined || row === undefined || row.sealed === null) return undefined
    const tokenRow = source?.secrets.findLast((one) => one.slot === API_SLOT && one.state === 'active')
    if (tokenRow === undefined) return 'credential_missing'
    const opened = await openVersions(this.#changes.sealer(), name, [row, tokenRow])
    const [secret, token] = opened.map((one) => one.secret)
    if (!secret || token?.kind !== 'text') return undefined
    return installation.provisioner.request(installation.webhook, token.text, secret)
  }

  get #pendingInstalls() {
    return this.#changes.tables.pendingInstalls
  }
}

/** Set-ups of sources whose ESP makes a first call, and which of these have verified a delivery. Gateways learn of it with the source. */
import type { SetupView } from '../../event/setup-window.ts'
import type { TableStorage } from '../../platform/table-steps.ts'

const KEY = 'setup/'
const NEVER: SetupView = { openedAtMs: null, endsAtMs: null, verifiedAtMs: null }

export class SetupWindows {
  readonly #kv: SyncKvStorage

  constructor({ kv }: Pick<TableStorage, 'kv'>) {
    this.#kv = kv
  }

  of(source: string): SetupView {
    return this.#kv.get<SetupView>(KEY + source) ?? NEVER
  }

  /** Opens it, or closes it. */
  write(source: string, openedAtMs: number | null, endsAtMs: number | null): void {
    this.#kv.put(KEY + source, { ...this.of(source), openedAtMs, endsAtMs })
  }

  /** Ends the set-up for good. */
  verified(source: string, atMs: number): void {
    const { openedAtMs, verifiedAtMs } = this.of(source)
    this.#kv.put(KEY + source, { openedAtMs, endsAtMs: null, verifiedAtMs: verifiedAtMs ?? atMs })
  }

  remove(source: string): void {
    this.#kv.delete(KEY + source)
  }
}

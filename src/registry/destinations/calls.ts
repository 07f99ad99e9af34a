/** The registry's calls about destinations. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { DecideOn } from '../owners/change.ts'
import type { SecretRequest } from '../rotation/contract.ts'
import { planSecret } from '../owners/plan-request.ts'
import type { DocumentProblem, NotChanged } from '../sources/source.ts'
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type {
  DestinationIndex,
  DestinationResult,
  DestinationView,
  DestinationsApi,
  PutOptions,
  SealedDestination,
} from './destination.ts'
import type { DestinationConfig } from './document.ts'
import { DESTINATIONS_MAX, TOO_MANY_DESTINATIONS, destinationNameProblem } from './names.ts'
import { planPut, planRemove } from './plan.ts'
import { readDestination } from './read-document.ts'
import { isSigningSlot } from './slots.ts'
import { publicKeysOf, sealedOf, viewOf } from './view.ts'

export class DestinationCalls implements DestinationsApi {
  readonly #changes: Changes
  readonly #nowMs: () => number

  constructor(changes: Changes, nowMs: () => number) {
    this.#changes = changes
    this.#nowMs = nowMs
  }

  async putDestination(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    { ownHosts = [], link }: PutOptions = {},
  ): Promise<DestinationResult> {
    const policy = this.#changes.urlPolicy(ownHosts)
    const problem = destinationNameProblem(name)
    if (problem !== null) return badName(problem, await problemsOf(document, policy))
    return this.#change(name, who, expectedVersion, (before, context) => {
      if (before === undefined && this.#tables.count() >= DESTINATIONS_MAX)
        return badName(TOO_MANY_DESTINATIONS)
      return planPut(name, document, before, context, policy, link)
    })
  }

  removeDestination(name: string, who: Who, expectedVersion: number | null): Promise<DestinationResult> {
    return this.#change(name, who, expectedVersion, (before) =>
      before === undefined ? UNKNOWN : planRemove(name, before),
    )
  }

  changeDestinationSecret(name: string, request: SecretRequest, who: Who): Promise<DestinationResult> {
    const expected = request.kind === 'rotate' ? (request.expectedVersion ?? null) : null
    return this.#change(name, who, expected, (before, context) => {
      if (before === undefined) return UNKNOWN
      // Values of headers change with the document only.
      return isSigningSlot(request.slot) ? planSecret(before, request, context) : UNKNOWN_SECRET
    })
  }

  async destination(name: string): Promise<DestinationView | null> {
    const found = this.#tables.find(name)
    if (found === undefined) return null
    return { ...viewOf(found), publicKeys: await publicKeysOf(() => this.#changes.sealer(), found) }
  }

  async destinations(): Promise<DestinationView[]> {
    return this.#tables.all().map(viewOf)
  }

  async loadDestination(name: string): Promise<SealedDestination | null> {
    const found = this.#tables.find(name)
    return found === undefined ? null : sealedOf(found, this.#nowMs())
  }

  async destinationIndex(knownVersion: number): Promise<DestinationIndex> {
    const version = this.#changes.version()
    return { version, names: version === knownVersion ? null : this.#tables.names() }
  }

  async #change(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: DecideOn<DestinationConfig>,
  ): Promise<DestinationResult> {
    const done = await this.#changes.changeDestination(name, who, expectedVersion, decide)
    if (!done.ok) return done
    const { owner, notification: _none, ...rest } = done
    return { ...rest, destination: viewOf(owner) }
  }

  get #tables() {
    return this.#changes.tables.destinations
  }
}

const badName = (problem: string, others: readonly DocumentProblem[] = []): NotChanged => ({
  ok: false,
  code: 'document_invalid',
  problems: [{ path: 'name', problem }, ...others],
})

async function problemsOf(document: unknown, policy: DestinationRules): Promise<readonly DocumentProblem[]> {
  const read = await readDestination(document, undefined, policy)
  return read.ok ? [] : read.problems
}

const UNKNOWN: NotChanged = { ok: false, code: 'destination_unknown' }
const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }

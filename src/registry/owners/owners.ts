/** The calls about the owners of one kind, for operators. */
import { RpcTarget } from 'cloudflare:workers'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { SecretRequest } from '../rotation/contract.ts'
import { planSecret } from '../rotation/plan-secret.ts'
import type { DocumentProblem, NotChanged } from '../sources/source.ts'
import type { ChangeResult, PutOptions } from './changed.ts'
import { nameProblem, tooMany } from './names.ts'
import type { OwnerKind, RotatingKind, Stored } from './owner.ts'
import type { OwnerTables } from './owner-tables.ts'
import { type Decide, planPut, planRemove } from './plan.ts'

export interface OwnersDeps<Config, View> {
  readonly changes: Changes
  readonly tables: OwnerTables<Config>
  readonly viewOf: (owner: Stored<Config>) => View
  /** Facts that cost too much for a list. */
  readonly detailsOf?: (owner: Stored<Config>) => Promise<Partial<View>>
}

export class Owners<Config, View> extends RpcTarget {
  readonly #deps: OwnersDeps<Config, View>

  constructor(deps: OwnersDeps<Config, View>) {
    super()
    this.#deps = deps
  }

  /**
   * Creates or replaces an owner. Secrets that the document does not name are kept.
   *
   * @param document as the operator sent it, parsed from JSON
   * @param expectedVersion the version that the operator saw; 0 if the owner must not exist; null for any
   */
  async put(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    { ownHosts = [], link }: PutOptions = {},
  ): Promise<ChangeResult<View>> {
    const { changes, tables } = this.#deps
    const { kind } = tables
    const rules = changes.urlPolicy(ownHosts)
    const problem = nameProblem(kind, name)
    if (problem !== null) {
      const read = await kind.read(document, undefined, rules)
      return badName(problem, read.ok ? [] : read.problems)
    }
    return changeOwner(this.#deps, name, who, expectedVersion, (before, context) =>
      before === undefined && tables.count() >= kind.max
        ? badName(tooMany(kind))
        : planPut(kind, name, document, before, context, { rules, link }),
    )
  }

  /** Returns the owner as it was. */
  async remove(name: string, who: Who, expectedVersion: number | null): Promise<ChangeResult<View>> {
    const { kind } = this.#deps.tables
    return changeOwner(this.#deps, name, who, expectedVersion, (before) =>
      before === undefined ? unknown(kind) : planRemove(kind, before),
    )
  }

  async find(name: string): Promise<View | null> {
    const { tables, viewOf, detailsOf } = this.#deps
    const found = tables.find(name)
    return found === undefined ? null : { ...viewOf(found), ...(await detailsOf?.(found)) }
  }

  /** All owners, by name. */
  async list(): Promise<View[]> {
    const { tables, viewOf } = this.#deps
    return tables.all().map(viewOf)
  }
}

/** Changes an owner, and shows it as it is then. */
export async function changeOwner<Config, View>(
  { changes, tables, viewOf }: OwnersDeps<Config, View>,
  name: string,
  who: Who,
  expectedVersion: number | null,
  decide: Decide<Config>,
): Promise<ChangeResult<View>> {
  const done = await changes.change(tables, name, who, expectedVersion, decide)
  return done.ok ? { ...done, owner: viewOf(done.owner) } : done
}

/** Changes one secret of an owner. */
export const changeSecret = <Config, View>(
  deps: OwnersDeps<Config, View>,
  kind: RotatingKind<Config>,
  name: string,
  request: SecretRequest,
  who: Who,
): Promise<ChangeResult<View>> =>
  changeOwner(
    deps,
    name,
    who,
    request.kind === 'rotate' ? (request.expectedVersion ?? null) : null,
    (before, context) => (before === undefined ? unknown(kind) : planSecret(kind, before, request, context)),
  )

export const unknown = ({ noun }: Pick<OwnerKind<unknown>, 'noun'>): NotChanged => ({
  ok: false,
  code: `${noun}_unknown`,
})

const badName = (problem: string, others: readonly DocumentProblem[] = []): NotChanged => ({
  ok: false,
  code: 'document_invalid',
  problems: [{ path: 'name', problem }, ...others],
})

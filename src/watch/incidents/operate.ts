/**
 * Judges the operation of the installation once a minute. It is always about the present, and needs no other part to answer: if the
 * store is down and no minute of the sources can be watched, this is what tells people.
 */
import { type Log, faultName } from '../../platform/log.ts'
import { type MeasuredQueues, backlogOf } from '../../platform/queues.ts'
import type { Store } from '../../store/store.ts'
import type { OperationFacts } from '../operations/facts.ts'
import { operateMinute } from '../operations/index.ts'
import { type FactsDeps, OperationSurvey } from '../reading/operation-facts.ts'
import { applyChanges } from './apply-changes.ts'
import { relevantSinceMs, settledMinute } from './run-minute.ts'
import type { IncidentTables } from './tables.ts'

/** The parts that the survey asks, as bindings. */
interface SurveyEnv extends MeasuredQueues {
  readonly REGISTRY: { getByName(name: string): FactsDeps['registry'] }
  readonly DESTINATIONS: { getByName(name: string): ReturnType<FactsDeps['destination']> }
}

export const surveyOf = (kv: FactsDeps['kv'], env: SurveyEnv, store: Store): OperationSurvey =>
  new OperationSurvey({
    kv,
    store,
    registry: {
      list: () => env.REGISTRY.getByName('registry').list(),
      destinationIndex: (version) => env.REGISTRY.getByName('registry').destinationIndex(version),
    },
    destination: (name) => env.DESTINATIONS.getByName(name),
    backlog: (binding) => backlogOf(env, binding),
  })

export interface OperationDeps {
  readonly facts: (minute: number) => Promise<OperationFacts>
  readonly nowMs: () => number
  readonly log: Log
}

/** Does nothing if the present minute was judged before. It never throws. */
export async function judgeOperation(tables: IncidentTables, deps: OperationDeps): Promise<void> {
  const minute = settledMinute(deps.nowMs())
  const before = tables.operation()
  if (before.minute === minute) return
  try {
    const known = await deps.facts(minute)
    // A copy: it is stored with the minute, or not at all.
    const open = structuredClone(before.open)
    const ofOperation = operateMinute(open, minute, known)
    const changed = applyChanges(tables.since(relevantSinceMs(minute)), tables.nextNumber(), {
      minute,
      sources: null,
      ofSources: [],
      ofOperation,
    })
    tables.commitOperation({ minute, open }, changed)
  } catch (cause) {
    deps.log({ event: 'operation_not_judged', fault: faultName(cause) })
  }
}

import type { FC } from 'hono/jsx'
import { type Counted, EVIDENCE_LISTS, type IncidentEvidence } from '../../../watch/incidents/evidence.ts'
import { Empty, Facts, Shown, When } from '../components.tsx'
import { Part } from '../destinations/part.tsx'
import { RequestLink } from '../request-link.tsx'

/** Common traits of an incident's events and refusals, and samples of both. */
export const Evidence: FC<{ evidence: IncidentEvidence | null; nowMs: number }> = ({ evidence, nowMs }) => (
  <Part
    id="evidence"
    title="Evidence"
    lead={
      evidence === null || evidence.events === 0
        ? 'What it comes from.'
        : `What its latest ${evidence.events} events have in common.`
    }
  >
    {evidence === null ? (
      <Empty>No event and no refusal of it is stored.</Empty>
    ) : (
      <Facts
        rows={[
          ...EVIDENCE_LISTS.flatMap(([of, words]) =>
            evidence[of].length === 0 ? [] : [[words, <List counted={evidence[of]} />] as const],
          ),
          ...evidence.samples.map(
            ({ type, receivedMs, requestId }) =>
              [
                <Shown text={type} max={100} />,
                <>
                  <When ms={receivedMs} nowMs={nowMs} /> <RequestLink requestId={requestId} />
                </>,
              ] as const,
          ),
        ]}
      />
    )}
  </Part>
)

const List: FC<{ counted: readonly Counted[] }> = ({ counted }) => (
  <Shown text={counted.map(({ name, count }) => `${name} (${count})`).join(', ')} max={1_000} />
)

/** The dialog that fills a gap: the span, how much the ESP has of it that is not here, the start; and how far the last one is. */
import type { FC } from 'hono/jsx'
import { type BackfillPlan, type BackfillStatus, backfillRoutes, takesWords } from '../../../api/backfill.ts'
import { type Problem, problem, statusOf } from '../../../api/problem.ts'
import { driverOf } from '../../../drivers/index.ts'
import { toInstant } from '../../../platform/time.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import type { ConsoleContext } from '../../context.ts'
import { hasKey } from '../../esp-accounts.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, For, Part, When } from '../components.tsx'
import { Choice, Form, TextField } from '../form.tsx'
import { Presets, momentField } from '../range-picker.tsx'
import { type Reader, momentMs, readerOf } from '../range.ts'
import { SOURCES } from './resource.ts'

const typedIn = (fields: URLSearchParams) => {
  const line = (name: string) => (fields.get(name) ?? '').trim()
  return { from: line('from'), to: line('to'), forward: line('forward') === 'yes' ? 'yes' : 'no' }
}

/** The form always sends it; links that only fill the form in do not. */
const isAsked = (query: URLSearchParams): boolean => query.has('forward')

const FROM_NEEDED = problem('document_invalid', 'A time is needed.', {
  problems: [{ path: 'since', problem: 'A time is needed.' }],
})
type Typed = ReturnType<typeof typedIn>

/** Fields of the API's body, as the form has them. */
const FIELDS: Readonly<Record<string, string>> = { since: 'from', until: 'to' }

/** A moment that is none goes as it was typed: the API says so. */
const instant = (text: string, reader: Reader): string => {
  const ms = momentMs(text, reader)
  return ms === undefined ? text : toInstant(ms)
}

const begun = (c: ConsoleContext, name: string, { from, to, forward }: Typed, plan: boolean) => {
  const reader = readerOf(c)
  const until = to === '' ? {} : { until: instant(to, reader) }
  const body = { since: instant(from, reader), ...until, forward: forward === 'yes', plan }
  return call(c, backfillRoutes.beginBackfill, { params: { name }, body })
}

const pathOf = (name: string): string => `${SOURCES.pathOf(name)}/backfill`

/** @param plan or why there is none; undefined before there is a span */
function answerBackfill(
  c: ConsoleContext,
  name: string,
  typed: Typed,
  plan?: BackfillPlan | Problem,
): Promise<Response> {
  const refused = plan !== undefined && 'code' in plan ? plan : undefined
  const problems = (refused && (refused.problems ?? [{ path: '', problem: refused.detail }]))?.map((one) => ({
    ...one,
    path: FIELDS[one.path] ?? '',
  }))
  const reader = readerOf(c)
  const back = SOURCES.pathOf(name)
  return answerPage(
    c,
    {
      title: `Fill a gap of ${name}`,
      narrow: true,
      back: { href: back, text: name },
      isWrong: refused !== undefined,
    },
    <>
      <p class="lead">
        Asks the ESP for its events of a time, and takes those that are not here. Each takes effect once, and
        none overrides what is newer.
      </p>
      {plan !== undefined && !('code' in plan) && <Planned name={name} typed={typed} plan={plan} />}
      <div class="after">
        <Presets path={pathOf(name)} query={new URL(c.req.url).searchParams} />
      </div>
      <Form
        method="get"
        action={pathOf(name)}
        label="Ask the ESP"
        look={plan !== undefined && refused === undefined ? 'quiet' : undefined}
        back={back}
        typed={typed}
        hidden={{ zone: reader.zone }}
        problems={problems}
      >
        <div class="pair">
          <div>
            <TextField
              {...momentField('from', typed.from, reader)}
              label={`From, ${reader.zone}`}
              required
              hint="To ask takes half a minute at most, and changes nothing."
            />
          </div>
          <div>
            <TextField
              {...momentField('to', typed.to, reader)}
              label={`To, ${reader.zone}`}
              remark="(empty: now)"
            />
          </div>
        </div>
        <Choice
          name="forward"
          label="Destinations"
          options={[
            ['no', 'get none of them'],
            ['yes', 'get them as new events'],
          ]}
        />
      </Form>
    </>,
    refused && statusOf(refused.code),
  )
}

const count = (number: number): string => number.toLocaleString('en')

/** The span is fixed here: as it was typed, it would depend on the time of the click. */
const Planned: FC<{ name: string; typed: Typed; plan: BackfillPlan }> = ({ name, typed, plan }) => (
  <div class="notice good after">
    {plan.since >= plan.until && (
      <p>
        Of this ESP, the last ten minutes are left out: their events may be on their way. Ask again later.
      </p>
    )}
    <p>
      Between <When at={plan.since} /> and <When at={plan.until} /> the ESP has {count(plan.found)} events
      {!plan.is_whole && ', as far as it was asked'}. {count(plan.known)} are here, and{' '}
      <strong>{count(plan.new)} are not</strong>.{' '}
      {plan.unreadable > 0 && `${count(plan.unreadable)} cannot be read. `}
      {plan.copies === 'same_id'
        ? 'A copy has the same id: this is certain.'
        : `A copy is known by message, recipient and type, and by times that differ by ${plan.copies_within_seconds ?? 0} s at most: this is likely, not certain.`}
    </p>
    {plan.removed_before !== null && (
      <p>
        Retention has removed what is older than <When at={plan.removed_before} />: of that nothing is taken.
      </p>
    )}
    {plan.esp_keeps_since !== null && (
      <p>
        The ESP keeps nothing older than <When at={plan.esp_keeps_since} />.
      </p>
    )}
    {plan.warning !== null && <p>{plan.warning}</p>}
    {plan.lacks !== null && <p>{plan.lacks}</p>}
    {plan.takes_minutes !== null && <p>To take them takes about {takesWords(plan.takes_minutes)}.</p>}
    {plan.esp_drops_until !== null && (
      <p>
        Meanwhile the ESP drops what is older than <When at={plan.esp_drops_until} />: ask for less at once.
      </p>
    )}
    {(plan.new > 0 || !plan.is_whole) && (
      <Action
        action={pathOf(name)}
        fields={{ ...typed, from: plan.since, to: plan.until }}
        label={`${plan.is_whole ? `Take ${count(plan.new)} events` : 'Take what is not here'}${typed.forward === 'yes' ? ', also for destinations' : ''}`}
      />
    )}
  </div>
)

/** Without a span, the form; with one, how much there is. */
export const showBackfill = SOURCES.with(async (c, { name }) => {
  const query = new URL(c.req.url).searchParams
  const typed = typedIn(query)
  if (!isAsked(query)) return answerBackfill(c, name, typed)
  if (typed.from === '') return answerBackfill(c, name, typed, FROM_NEEDED)
  const plan = await begun(c, name, typed, true)
  return answerBackfill(c, name, typed, plan.ok ? (plan.json.plan ?? undefined) : plan)
})

export const beginBackfill = SOURCES.with(async (c, { name }) => {
  const typed = typedIn(c.get('form'))
  const started = await begun(c, name, typed, false)
  return started.ok ? SOURCES.leadTo(c, name, 'filling') : answerBackfill(c, name, typed, started)
})

const steps = { stop: backfillRoutes.stopBackfill, resume: backfillRoutes.resumeBackfill } as const
const step = (which: keyof typeof steps) =>
  SOURCES.with(async (c, { name }) => {
    const done = await call(c, steps[which], { params: { name } })
    return done.ok
      ? SOURCES.leadTo(c, name, which === 'stop' ? 'fill_stopped' : 'filling')
      : answerBackfill(c, name, typedIn(new URLSearchParams()), done)
  })
export const stopBackfill = step('stop')
export const resumeBackfill = step('resume')

/** Whether the ESP gives past events, and the source has a key for it. */
const canFill = (source: SourceView): boolean =>
  driverOf(source.config.provider)?.past !== undefined && hasKey(source)

/** Undefined for a source that has none to ask. */
export async function gapsOf(c: ConsoleContext, source: SourceView) {
  if (!canFill(source)) return undefined
  const { name } = source
  const context = c.get('context')
  const last = await answered(context, 'esp_account', () => context.espAccounts.getByName(name).backfill())
  return <Gaps name={name} last={last ?? null} />
}

const STATES: Readonly<Record<BackfillStatus['state'], string>> = {
  running: 'is being filled',
  stopped: 'was stopped',
  failed: 'has failed',
  done: 'was filled',
}

const Gaps: FC<{ name: string; last: BackfillStatus | null }> = ({ name, last }) => (
  <Part
    id="gaps"
    title="Missed events"
    aside={
      <For role="operator">
        <a class="button quiet" data-open="dialog" href={pathOf(name)}>
          Fill a gap
        </a>
      </For>
    }
  >
    {last === null ? (
      <p>What the ESP has and Postern has not can be asked from its API.</p>
    ) : (
      <>
        <p>
          The gap from <When at={last.since} /> to <When at={last.until} /> {STATES[last.state]}:{' '}
          {count(last.found)} events found. {count(last.known)} were here already, {count(last.new)} were
          taken
          {last.unreadable > 0 && `, ${count(last.unreadable)} cannot be read`}.
          {last.says !== null && ` Why: ${last.says}.`}
          {last.waits_until !== null && (
            <>
              {' '}
              It waits until <When at={last.waits_until} />.
            </>
          )}
        </p>
        <For role="operator">
          {last.state === 'running' && <Action action={`${pathOf(name)}/stop`} fields={{}} label="Stop" />}
          {(last.state === 'stopped' || last.state === 'failed') && (
            <Action action={`${pathOf(name)}/resume`} fields={{}} label="Go on" />
          )}
        </For>
      </>
    )}
  </Part>
)

/** Kinds of incidents in which events may have been missed. */
const WITH_GAP: ReadonlySet<string> = new Set(['silence', 'webhook_off', 'source_closed'])

/** The dialog with the time of an incident; undefined if nothing was missed in it, or the ESP gives no past events. */
export async function gapPath(c: ConsoleContext, { kind, source, subject, sinceMs, resolvedMs }: Incident) {
  const name = source ?? subject
  if (!WITH_GAP.has(kind) || name === null) return undefined
  const found = await c.get('context').registry.sources.find(name)
  if (found === null || !canFill(found)) return undefined
  const to = resolvedMs === null ? '' : toInstant(resolvedMs)
  return `${pathOf(name)}?${new URLSearchParams({ from: toInstant(sinceMs), to }).toString()}`
}

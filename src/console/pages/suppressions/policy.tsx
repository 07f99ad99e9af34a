/** The suppression policy: its rules in words, and the document, which is taken after a plan that counts who comes on the list and goes off it. */
import { policyRoutes } from '../../../api/policy.ts'
import { problem } from '../../../api/problem.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { parseJsonText } from '../../../platform/json.ts'
import { POLICY_BEFORE_0_4, type Rule } from '../../../store/policy/document.ts'
import type { StoredPolicy } from '../../../store/policy/stored.ts'
import { readPolicyInForce } from '../../../store/policy/take.ts'
import type { ConsoleContext } from '../../context.ts'
import { aboutWords, expiryWords, planWords, recoveryWords, suppressWords } from '../../messages/policy.ts'
import { isSamePolicy } from '../../policy.ts'
import { answered } from '../../request-context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { type Column, For, Table, When } from '../components.tsx'
import { loadedFields } from '../conflict.tsx'
import { Form, Reason, TextArea, TextField, field } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { Finder, PageRoute } from '../route.ts'

const PATH = '/suppressions/policy'
const EDIT_PATH = `${PATH}/edit`
const BACK = ['/suppressions', 'Suppressions'] as const

const COLUMNS: readonly Column<{ readonly rule: Rule; readonly nr: number }>[] = [
  { label: 'Rule', kind: 'number', cell: ({ nr }) => nr },
  { label: 'What it is about', kind: 'long', cell: ({ rule }) => aboutWords(rule) },
  { label: 'Suppresses', kind: 'long', cell: ({ rule }) => suppressWords(rule) },
  { label: 'Expires', cell: ({ rule }) => expiryWords(rule) },
]

const withPolicy: Finder<StoredPolicy> = (work) => async (c) => {
  const context = c.get('context')
  const found = await answered(context, 'policy', () => readPolicyInForce(context.store))
  return found === undefined ? answerNotice(c, 503, 'No answer', 'The store did not answer.') : work(c, found)
}

const showPolicy = withPolicy((c, { policy, version, takenAtMs, judged }) =>
  answerPage(
    c,
    { title: 'Suppression policy', back: { href: BACK[0], text: BACK[1] } },
    <>
      <p class="lead">
        Which bounces suppress an address. The first rule that is about a bounce counts.{' '}
        {takenAtMs !== null ? (
          <>
            Taken <When at={takenAtMs} />.
          </>
        ) : isSamePolicy(policy, POLICY_BEFORE_0_4) ? (
          'It is what was in force before 0.4: nobody has taken another.'
        ) : (
          'It is the default.'
        )}
      </p>
      {judged !== null && (
        <p class="notice warn">Not everybody is judged by it yet. The night goes on, or take it again.</p>
      )}
      <Table caption="Rules" columns={COLUMNS} rows={policy.rules.map((rule, i) => ({ rule, nr: i + 1 }))} />
      <p>
        {recoveryWords(policy)} Opens and clicks lift nothing. An entry expires so many days after its newest
        evidence; then it blocks nothing, and is shown as expired.
      </p>
      <For role="admin">
        <div class="buttons">
          <a class="button" href={EDIT_PATH} data-open="dialog">
            Change
          </a>
        </div>
      </For>
      <p class="soft">
        The same as a document: <code>postern policy show --json</code>, version {version}.
      </p>
    </>,
  ),
)

interface Typed {
  readonly [name: string]: string
  readonly document: string
}

const editPage = formRoute<Typed, StoredPolicy>({
  of: withPolicy,
  shown: () => ({
    title: 'Change the suppression policy',
    isWide: true,
    action: EDIT_PATH,
    label: 'Plan',
    back: [PATH, 'Policy'],
    lead: 'Before it is taken, you see how many people come on the list and go off it.',
  }),
  values: ({ policy }) => ({ document: JSON.stringify(policy, null, 2) }),
  versionOf: ({ version }) => version,
  Fields: () => <TextArea name="document" label="Document" required isCode />,
  /** First a plan, then the change. */
  async save(c, stored, typed, version) {
    if (version !== stored.version) return problem('version_conflict', 'The policy has changed meanwhile.')
    const body = parseJsonText(typed.document)
    if (body === undefined) return [{ path: 'document', problem: 'Must be JSON.' }]
    const plan = await call(c, policyRoutes.planPolicy, { body })
    if (!plan.ok) return atDocument(plan.problems ?? [])
    const isTyped = field(c, 'confirm').toLowerCase() === 'yes'
    if (field(c, 'planned') !== 'yes' || (plan.json.needs_confirmation && !isTyped))
      return answerPlan(c, stored, typed, plan.json, field(c, 'planned') === 'yes')
    const query = isTyped ? { confirm: 'yes' as const } : {}
    const put = await call(c, policyRoutes.putPolicy, { body, version, query })
    return put.ok ? c.redirect(PATH, 303) : put
  },
})

/** The document is one field. */
const atDocument = (problems: readonly DocumentProblem[]): readonly DocumentProblem[] => [
  {
    path: 'document',
    problem: problems.map(({ path, problem: text }) => `${path || 'document'}: ${text}`).join(' '),
  },
]

const answerPlan = (
  c: ConsoleContext,
  { version, policy }: StoredPolicy,
  typed: Typed,
  plan: Done<(typeof policyRoutes)['planPolicy']>['json'],
  lacksYes: boolean,
): Promise<Response> =>
  answerPage(
    c,
    { title: 'Plan of the policy', isWrong: lacksYes, back: { href: PATH, text: 'Policy' } },
    <>
      <p class={plan.needs_confirmation ? 'notice warn' : 'lead'}>
        {planWords(plan)}
        {plan.needs_confirmation && ' That is more than a twentieth of them.'} Taking the earlier document
        restores the earlier list.
      </p>
      <div class="after">
        <Form
          action={EDIT_PATH}
          label="Take it"
          back={EDIT_PATH}
          problems={lacksYes ? [{ path: 'confirm', problem: 'Must be yes, to change so many.' }] : []}
          hidden={{
            ...typed,
            ...loadedFields(version, { document: JSON.stringify(policy, null, 2) }),
            planned: 'yes',
          }}
        >
          {plan.needs_confirmation && <TextField name="confirm" label="Type yes" required />}
          <Reason />
        </Form>
      </div>
    </>,
  )

const dialog = { kind: 'dialog', allSources: true } as const

export const policyPages: readonly PageRoute[] = [
  { ...dialog, who: 'operator', path: PATH, get: showPolicy },
  { ...dialog, who: 'admin', path: EDIT_PATH, ...editPage },
]

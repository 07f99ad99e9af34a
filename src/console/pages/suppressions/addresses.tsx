/** Whether addresses take mail: the answer for some, lists that are checked in the background, and the service that is asked. */
import { SERVICES } from '../../../addresses/services/index.ts'
import { REGIONS } from '../../../addresses/services/service.ts'
import type { Verdict } from '../../../addresses/verdict.ts'
import {
  ADDRESSES_MAX,
  type AddressJob,
  type AddressService,
  type Answer,
  JOB_ADDRESSES_MAX,
  addressRoutes,
} from '../../../api/addresses.ts'
import type { Frozen } from '../../../api/route.ts'
import { csvLine } from '../../../platform/csv.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerWords, jobWords, serviceWords, byWord } from '../../messages/addresses.ts'
import { answerFile, answerPage, answerProblem } from '../answer.tsx'
import { act, call } from '../call.ts'
import { Action, Badge, type Column, For, List, Said, Shown, Table, When } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { Reason, SelectField, TextArea, TextField, field } from '../form.tsx'
import type { Finder, PageRoute } from '../route.ts'

const PATH = '/suppressions/addresses'
const LISTS = `${PATH}/lists`
const ABOVE = ['/suppressions', 'Suppressions'] as const

const TONES = {
  deliverable: 'good',
  undeliverable: 'bad',
  risky: 'warn',
  unknown: 'plain',
} as const satisfies Readonly<Record<Verdict, string>>

const COLUMNS: readonly Column<Frozen<Answer>>[] = [
  { label: 'Address', kind: 'address', cell: ({ address }) => <Shown text={address} max={120} /> },
  { label: 'Verdict', cell: ({ verdict }) => <Badge tone={TONES[verdict]}>{verdict}</Badge> },
  { label: 'Why', kind: 'long', cell: (one) => <Shown text={answerWords(one)} max={300} /> },
  { label: 'By', cell: ({ by }) => byWord(by) },
  { label: 'Checked', cell: ({ checked_at: at }) => <When at={at} /> },
]

const Links = () => (
  <div class="buttons">
    <a class="button" href={LISTS} data-open="dialog">
      Lists
    </a>
    <For role="admin">
      <a class="button" href={`${PATH}/service`} data-open="dialog">
        Service
      </a>
    </For>
  </div>
)

const withService: Finder<AddressService> = (work) => async (c) => {
  const found = await call(c, addressRoutes.getAddressService)
  return found.ok ? work(c, found.json) : answerProblem(c, found)
}

const checkPage = formRoute<{ readonly addresses: string }, AddressService>({
  of: withService,
  shown: (service) => ({
    title: 'Do they take mail?',
    label: 'Check',
    back: ABOVE,
    lead: <Said text={serviceWords(service)} />,
    before: <Links />,
  }),
  values: () => ({ addresses: '' }),
  Fields: () => (
    <TextArea
      name="addresses"
      label="Addresses"
      required
      isCode
      hint={`One a line. More than ${ADDRESSES_MAX} become a list of up to ${JOB_ADDRESSES_MAX.toLocaleString('en')}, which is checked in the background.`}
    />
  ),
  async save(c, _service, typed) {
    const addresses = typed.addresses.split('\n').flatMap((line) => line.trim() || [])
    if (addresses.length > ADDRESSES_MAX) {
      const made = await call(c, addressRoutes.createAddressJob, { body: { addresses } })
      return made.ok ? c.redirect(LISTS, 303) : made
    }
    const checked = await call(c, addressRoutes.checkAddresses, { body: { addresses } })
    if (!checked.ok) return checked
    return answerPage(
      c,
      { title: 'Do they take mail?', back: { href: PATH, text: 'Check others' } },
      <Table caption="Checked addresses" columns={COLUMNS} rows={checked.json.results} />,
    )
  },
})

const JOB_COLUMNS: readonly Column<Frozen<AddressJob>>[] = [
  { label: 'Made', cell: ({ created_at: at }) => <When at={at} /> },
  { label: 'State', kind: 'long', cell: (job) => jobWords(job).replace(`${job.id} is `, '') },
  {
    label: 'Actions',
    cell: ({ id, state }) => (
      <>
        <a href={`${PATH}/${id}/results.csv`} download>
          Results (CSV)
        </a>
        {state === 'running' && <Action action={`${PATH}/${id}/stop`} label="Stop" on="the list" quiet />}
      </>
    ),
  },
]

async function showLists(c: ConsoleContext): Promise<Response> {
  const found = await call(c, addressRoutes.listAddressJobs)
  if (!found.ok) return answerProblem(c, found)
  return answerPage(
    c,
    { title: 'Lists of addresses', back: { href: PATH, text: 'Do they take mail?' }, refreshes: true },
    <List
      caption="Lists"
      columns={JOB_COLUMNS}
      rows={found.json.jobs}
      unread="The store did not answer."
      empty={`None. Paste more than ${ADDRESSES_MAX} addresses, or: postern addresses check --file list.csv`}
    />,
  )
}

const paramsOf = (c: ConsoleContext) => ({ id: c.req.param('id') ?? '' })

const HEADS = ['address', 'verdict', 'reasons', 'did_you_mean', 'by', 'checked_at'] as const

/** The results so far, read page by page while they are sent. */
async function resultsCsv(c: ConsoleContext): Promise<Response> {
  const job = await call(c, addressRoutes.getAddressJob, { params: paramsOf(c) })
  return job.ok ? answerFile(c, 'addresses.csv', 'text/csv', linesOf(c)) : answerProblem(c, job)
}

async function* linesOf(c: ConsoleContext): AsyncGenerator<string> {
  yield csvLine(HEADS)
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: Record<string, string> = { limit: '500', ...(cursor === '' ? {} : { cursor }) }
    const page = await call(c, addressRoutes.listAddressJobResults, { params: paramsOf(c), query })
    if (!page.ok) throw new Error('the results were not read')
    yield page.json.results
      .map((one) =>
        csvLine(HEADS.map((name) => (name === 'reasons' ? one.reasons.join(' ') : (one[name] ?? '')))),
      )
      .join('')
    cursor = page.json.next_cursor
  }
}

interface Typed {
  readonly [name: string]: string
  readonly service: string
  readonly region: string
  readonly budget_a_day: string
}

const servicePage = formRoute<Typed, AddressService>({
  of: withService,
  shown: (service) => ({
    title: 'Verification service',
    label: 'Save',
    back: [PATH, 'Do they take mail?'],
    lead: <Said text={serviceWords(service)} />,
  }),
  values: ({ service, region, budget_a_day: budget }) => ({
    service: service ?? '',
    region,
    budget_a_day: String(budget),
  }),
  versionOf: ({ version }) => version,
  Fields: ({ thing }) => (
    <>
      <SelectField
        name="service"
        label="Service"
        required
        options={[['', 'none'], ...SERVICES.map(({ name, label }) => [name, label] as const)]}
        hint="Each address that it is asked about is sent to it: a transfer of personal data."
      />
      <SelectField
        name="region"
        label="Region of the account"
        required
        options={REGIONS.map((one) => [one, one] as const)}
      />
      <TextField
        name="budget_a_day"
        label="Calls in a day at most"
        required
        inputmode="numeric"
        hint="Each may cost."
      />
      <TextField
        name="key"
        label="Key"
        type="password"
        remark={thing.has_key ? '(empty: it stays, unless the service changes)' : ''}
      />
      <Reason />
    </>
  ),
  async save(c, _service, { service, region, budget_a_day: budget }, version) {
    const key = field(c, 'key')
    const body = {
      service: service === '' ? null : service,
      region,
      budget_a_day: Number(budget),
      ...(service === '' ? { key: null } : key === '' ? {} : { key }),
    }
    const put = await call(c, addressRoutes.putAddressService, { body, version })
    return put.ok ? c.redirect(PATH, 303) : put
  },
})

const dialog = { kind: 'dialog', who: 'operator', allSources: true } as const

export const addressPages: readonly PageRoute[] = [
  { ...dialog, path: PATH, formMaxBytes: 2 * 1024 * 1024, ...checkPage },
  { ...dialog, path: LISTS, get: showLists },
  { ...dialog, path: `${PATH}/service`, ...servicePage, who: 'admin' },
  { ...dialog, kind: 'file', path: `${PATH}/:id/results.csv`, get: resultsCsv },
  {
    path: `${PATH}/:id/stop`,
    who: 'operator',
    allSources: true,
    post: act(
      addressRoutes.stopAddressJob,
      (c) => ({ params: paramsOf(c) }),
      (c) => c.redirect(LISTS, 303),
    ),
  },
]

/** Pages that add a source: the choice of its ESP, and its name. The rest is set up on the page of the source. */
import type { FC } from 'hono/jsx'
import { PROVIDER_FACTS, type ProviderFacts, providerFacts } from '../../../providers/facts.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { statusOf } from '../../../api/problem.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { wakeWatch } from '../../incidents.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Empty } from '../components.tsx'
import { Filters } from '../filters.tsx'
import { Form, TextField, field } from '../form.tsx'
import { NEW_SOURCE, SOURCES } from './resource.ts'

/** Providers that post to a URL. The events of others come by a queue. */
const POSTING = PROVIDER_FACTS.filter(({ slots }) => slots.length > 0)
/** Providers for senders that have no row of their own. */
const OWN_SENDERS = ['generic', 'standard-webhooks']

const BY_TITLE = POSTING.toSorted(
  (one, other) =>
    Number(OWN_SENDERS.includes(one.name)) - Number(OWN_SENDERS.includes(other.name)) ||
    one.title.localeCompare(other.title, 'en'),
)

export function showNew(c: ConsoleContext): Promise<Response> {
  const query = new URL(c.req.url).searchParams
  const sought = (query.get('q') ?? '').trim().toLowerCase()
  const found = BY_TITLE.filter(
    ({ name, title }) => name.includes(sought) || title.toLowerCase().includes(sought),
  )
  return answerPage(
    c,
    { title: 'Add a source', back: { href: SOURCES.path, text: 'Sources' } },
    <>
      <p class="lead">A source is one sender: an ESP account, or a program of your own. Who sends?</p>
      <Filters action={NEW_SOURCE} filters={[{ name: 'q', label: 'Search' }]} query={query} />
      {found.length === 0 ? (
        <Empty>
          No ESP of this name. <a href={`${NEW_SOURCE}/generic`}>Describe how it signs</a>, or{' '}
          <a href={NEW_SOURCE}>see all</a>.
        </Empty>
      ) : (
        <ul class="esps">
          {found.map(({ name, title }) => (
            <li>
              <a href={`${NEW_SOURCE}/${name}`}>
                {title}
                {name === 'generic' && (
                  <span class="under">your own program, or an ESP that is not here</span>
                )}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>,
  )
}

const postingNamed = (c: ConsoleContext): ProviderFacts | undefined =>
  POSTING.find(({ name }) => name === c.req.param('provider'))

const noProvider = (c: ConsoleContext): Promise<Response> => {
  const title = providerFacts(c.req.param('provider') ?? '')?.title
  return title === undefined
    ? answerNotice(c, 404, 'No such provider', 'There is no provider of this name.')
    : answerNotice(c, 404, title, 'Its events come by a queue, and need no source: see docs/providers.md.')
}

export async function showNewOf(c: ConsoleContext): Promise<Response> {
  const provider = postingNamed(c)
  if (provider === undefined) return noProvider(c)
  const isFree = (await c.get('context').registry.sources.find(provider.name)) === null
  return answerNew(c, provider, isFree ? provider.name : '')
}

export async function createSource(c: ConsoleContext): Promise<Response> {
  const provider = postingNamed(c)
  if (provider === undefined) return noProvider(c)
  const context = c.get('context')
  const name = field(c, 'name')
  const put = await context.registry.sources.put(name, { provider: provider.name }, context.who, NO_VERSION)
  if (put.ok) {
    await wakeWatch(context)
    return c.redirect(`${SOURCES.pathOf(name)}/setup`, 303)
  }
  const { detail, code } = notChanged(put)
  const problems =
    put.code === 'version_conflict'
      ? [{ path: 'name', problem: 'There is a source of this name already.' }]
      : put.code === 'document_invalid'
        ? put.problems
        : [{ path: '', problem: detail }]
  return answerNew(c, provider, name, problems, put.code === 'version_conflict' ? undefined : statusOf(code))
}

const answerNew = (
  c: ConsoleContext,
  provider: ProviderFacts,
  name: string,
  problems: readonly DocumentProblem[] = [],
  status?: ReturnType<typeof statusOf>,
): Promise<Response> =>
  answerPage(
    c,
    {
      title: `Add a source: ${provider.title}`,
      back: { href: NEW_SOURCE, text: 'All ESPs' },
      narrow: true,
      isWrong: problems.length > 0,
    },
    <NewForm provider={provider} name={name} problems={problems} />,
    status,
  )

interface NewFormProps {
  readonly provider: ProviderFacts
  readonly name: string
  readonly problems: readonly DocumentProblem[]
}

const NewForm: FC<NewFormProps> = ({ provider, name, problems }) => (
  <>
    <p class="lead">
      The name becomes part of its URL, and of every event. It cannot be changed later. Until the source has a
      secret it refuses everything.
    </p>
    <Form
      action={`${NEW_SOURCE}/${provider.name}`}
      label="Create it and show its URL"
      back={NEW_SOURCE}
      typed={{ name }}
      problems={problems}
    >
      <TextField
        name="name"
        label="Name"
        required
        maxlength={64}
        hint="Lower-case letters, digits and hyphens: shop-sendgrid."
      />
    </Form>
  </>
)

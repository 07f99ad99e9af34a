/** Pages that add a source: the choice of its ESP, and its name. The rest is set up on the page of the source. */
import { sourceRoutes } from '../../../api/sources.ts'
import { PROVIDER_FACTS, type ProviderFacts, providerFacts } from '../../../providers/facts.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Empty } from '../components.tsx'
import { Filters, textIn } from '../filters.tsx'
import { TextField } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { Finder } from '../route.ts'
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
  const sought = textIn(query, 'q')?.toLowerCase() ?? ''
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

const withProvider: Finder<ProviderFacts> = (work) => (c) => {
  const name = c.req.param('provider') ?? ''
  const provider = POSTING.find((one) => one.name === name)
  if (provider !== undefined) return work(c, provider)
  const title = providerFacts(name)?.title
  return title === undefined
    ? answerNotice(c, 404, 'No such provider', 'There is no provider of this name.')
    : answerNotice(c, 404, title, 'Its events come by a queue, and need no source: see docs/providers.md.')
}

export const newPage = formRoute({
  of: withProvider,
  shown: ({ title }) => ({
    title: `Add a source: ${title}`,
    label: 'Create it and show its URL',
    back: [NEW_SOURCE, 'All ESPs'],
    lead: 'The name becomes part of its URL, and of every event. It cannot be changed later. Until the source has a secret it refuses everything.',
  }),
  values: async ({ name }, c) => ({
    name: (await c.get('context').registry.sources.find(name)) === null ? name : '',
  }),
  Fields: () => (
    <TextField
      name="name"
      label="Name"
      required
      maxlength={64}
      hint="Lower-case letters, digits and hyphens: shop-sendgrid."
    />
  ),
  async save(c, { name: provider }, { name }) {
    const body = { provider }
    const put = await call(c, sourceRoutes.putSource, { params: { name }, body, version: NO_VERSION })
    return put.ok ? c.redirect(`${SOURCES.pathOf(name)}/setup`, 303) : put
  },
})

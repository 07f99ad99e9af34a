/** Adds a source: the choice of its ESP, then its name and secret. The rest is set up on the page of the source. */
import { sourceRoutes } from '../../../api/sources.ts'
import { PROVIDER_FACTS, type ProviderFacts, providerFacts } from '../../../providers/facts.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { TextField } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { Finder } from '../route.ts'
import { SecretFields, atFields, publicFields, secretIn } from '../secrets/fields.tsx'
import { NEW_SOURCE, SOURCES } from './resource.ts'
import { mainSlot } from './secret-step.tsx'

/** Providers that post to a URL. The events of others come by a queue. */
const POSTING = PROVIDER_FACTS.filter(({ slots }) => slots.length > 0)
/** Large ESPs, which most people look for, in an order of ours. All others are sorted by title. */
const FIRST = 'sendgrid ses mailgun postmark brevo mandrill sparkpost resend mailjet customerio'.split(' ')
/** For senders that have no row of their own. */
const LAST = ['standard-webhooks', 'generic']

const rankOf = ({ name }: ProviderFacts): number =>
  FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length + Number(LAST.includes(name))

const CHOICES = POSTING.toSorted(
  (one, other) => rankOf(one) - rankOf(other) || one.title.localeCompare(other.title, 'en'),
)

export const showNew = (c: ConsoleContext): Promise<Response> =>
  answerPage(
    c,
    { title: 'Add a source', back: { href: SOURCES.path, text: 'Sources' } },
    <>
      <p class="lead">A source is one sender: an ESP account, or a program of your own. Who sends?</p>
      <input
        type="search"
        data-narrow="esps"
        hidden
        aria-label="Find an ESP"
        placeholder="Find an ESP"
        autofocus
      />
      <ul class="esps" id="esps">
        {CHOICES.map(({ name, title }) => (
          <li>
            <a data-open="dialog" href={`${NEW_SOURCE}/${name}`}>
              {title}
              {!title.toLowerCase().includes(name) && <span class="visually-hidden"> {name}</span>}
            </a>
          </li>
        ))}
      </ul>
      <p class="after">
        It is not here? <a href={`${NEW_SOURCE}/generic`}>Describe how it signs</a>.
      </p>
    </>,
  )

const withProvider: Finder<ProviderFacts> = (work) => (c) => {
  const name = c.req.param('provider') ?? ''
  const provider = POSTING.find((one) => one.name === name)
  if (provider !== undefined) return work(c, provider)
  const title = providerFacts(name)?.title
  return title === undefined
    ? answerNotice(c, 404, 'No such provider', 'There is no provider of this name.')
    : answerNotice(c, 404, title, 'Its events come by a queue, and need no source: see docs/providers.md.')
}

type Typed = Readonly<Record<string, string>> & { readonly name: string }

export const newPage = formRoute<Typed, ProviderFacts>({
  of: withProvider,
  shown: ({ title }) => ({
    title: `Add a source: ${title}`,
    label: 'Create it and show its URL',
    back: [NEW_SOURCE, 'All ESPs'],
    lead: 'The name becomes part of its URL, and of every event. It cannot be changed later. Until the source has a secret it refuses everything.',
  }),
  values: async (provider, c) => ({
    ...Object.fromEntries(publicFields(mainSlot(provider).kind).map((field) => [field, ''])),
    name: (await c.get('context').registry.sources.find(provider.name)) === null ? provider.name : '',
  }),
  Fields: ({ thing, typed: { name } }) => {
    const { kind, made_here: isMade } = mainSlot(thing)
    return (
      <>
        <TextField
          name="name"
          label="Name"
          required
          maxlength={64}
          hint={
            <>
              Lower-case letters, digits and hyphens. Its URL ends with <code>/hooks/{name || 'name'}</code>.
            </>
          }
        />
        {isMade ? (
          <p class="soft">Postern makes the secret in the next step, and shows it once.</p>
        ) : (
          <SecretFields kind={kind} remark="(or in the next step)" />
        )}
      </>
    )
  },
  atFields: (problems, provider) =>
    problems.flatMap((one) =>
      one.path.startsWith('secrets') ? atFields(mainSlot(provider).kind, [one]) : one,
    ),
  async save(c, provider, { name }) {
    const { slot, kind, made_here: isMade } = mainSlot(provider)
    const value = isMade ? undefined : secretIn(c, kind)
    const body = { provider: provider.name, ...(value === undefined ? {} : { secrets: { [slot]: value } }) }
    const put = await call(c, sourceRoutes.putSource, { params: { name }, body, version: NO_VERSION })
    return put.ok ? c.redirect(`${SOURCES.pathOf(name)}/setup`, 303) : put
  },
})

/** The form of a destination, which makes or changes it, with a preview of its filter. */
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { notifyDestination, ownHosts } from '../../destinations.ts'
import { type FilterPreview, previewFilter } from '../../filter-preview.ts'
import { eventWord } from '../../messages/events.ts'
import { newLink } from '../../retrieval.ts'
import { answerNotChanged, answerOnce, answerPage } from '../answer.tsx'
import { When } from '../components.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from '../conflict.tsx'
import { Choice, Choices, Form, Reason, TextField, field, whoWithReason } from '../form.tsx'
import { optionsOf } from '../options.ts'
import { SettingGroups, type Texts } from '../setting-fields.tsx'
import { sourceNames } from '../sources/names.ts'
import { type Draft, NEW_DRAFT, atFields, documentOf, draftOf, filterOf, split, typedDraft } from './draft.ts'
import { Conditions, Headers } from './fields.tsx'
import { Preview } from './filter.tsx'
import { DESTINATIONS } from './resource.ts'
import { GROUPS } from './settings.ts'
import { answerDestination } from './tabs.ts'

interface Shown {
  readonly name: string
  readonly draft: Draft
  /** The destination that is changed; undefined for a new one. */
  readonly stored: DestinationView | undefined
  /** Hidden fields that say what was loaded; none for a new one. */
  readonly loaded?: Texts
  readonly problems?: readonly DocumentProblem[]
  readonly preview?: FilterPreview
}

export const showNew = (c: ConsoleContext): Promise<Response> =>
  answerForm(c, { name: '', draft: NEW_DRAFT, stored: undefined })

export const create = (c: ConsoleContext): Promise<Response> =>
  take(c, { name: field(c, 'name'), draft: typedDraft(c.get('form')), stored: undefined })

export const showEdit = DESTINATIONS.with((c, stored) => {
  const draft = draftOf(stored)
  const loaded = loadedFields(stored.version, draft.values)
  return answerForm(c, { name: stored.name, draft, stored, loaded })
})

export const change = DESTINATIONS.with((c, stored) =>
  take(c, { name: stored.name, draft: typedDraft(c.get('form')), stored, loaded: loadedIn(c) }),
)

const take = (c: ConsoleContext, shown: Shown): Promise<Response> =>
  field(c, 'do') === 'preview' ? tryFilter(c, shown) : save(c, shown)

/** The form again, with what its filter does. Nothing is saved. */
async function tryFilter(c: ConsoleContext, shown: Shown): Promise<Response> {
  const filter = filterOf(shown.draft)
  const problems = filterProblems(filter, 'filter')
  if (problems.length > 0) return answerForm(c, { ...shown, problems: atFields(problems) })
  return answerForm(c, { ...shown, preview: await previewFilter(c.get('context'), filter) })
}

async function save(c: ConsoleContext, shown: Shown): Promise<Response> {
  const { name, draft, stored } = shown
  const context = c.get('context')
  const link = await newLink(context.consoleUrl)
  const expected = stored === undefined ? NO_VERSION : (versionIn(c) ?? NO_VERSION)
  const options = { link: link.request, ownHosts: ownHosts(context) }
  const document = documentOf(draft, c.get('form'), stored)
  const put = await context.registry.destinations.put(name, document, whoWithReason(c), expected, options)
  if (put.ok) {
    if (put.changed) await notifyDestination(context, name)
    if (put.link !== null)
      return answerOnce(c, {
        title: `${name} is saved`,
        lead: (
          <>
            A secret was generated that signs each delivery. Whoever runs the endpoint opens this link and
            enters the secret there. The link shows it once. It ends <When at={put.link.endsAtMs} />.
          </>
        ),
        values: [['the link', link.url]],
        next: [DESTINATIONS.pathOf(name), `I have the link: go to ${name}`],
      })
    return DESTINATIONS.leadTo(c, put.owner, put.created ? 'created' : 'changed')
  }
  if (put.code === 'document_invalid') return answerForm(c, { ...shown, problems: atFields(put.problems) })
  if (put.code !== 'version_conflict') return answerNotChanged(c, put, 'destination')
  if (stored === undefined)
    return answerForm(c, {
      ...shown,
      problems: [{ path: 'name', problem: 'There is a destination of this name already.' }],
    })
  return answerConflict(c, {
    title: `Change ${name}`,
    back: DESTINATIONS.pathOf(name),
    version: stored.version,
    now: draftOf(stored).values,
    typed: draft.values,
  })
}

async function answerForm(c: ConsoleContext, shown: Shown): Promise<Response> {
  const isWrong = shown.problems !== undefined
  const content = <DestinationForm {...shown} sources={await sourceNames(c.get('context'))} />
  return shown.stored === undefined
    ? answerPage(
        c,
        { title: 'Add a destination', back: { href: DESTINATIONS.path, text: 'Destinations' }, isWrong },
        content,
      )
    : answerDestination(c, shown.name, 'Change', content, { isWrong })
}

const DestinationForm: FC<Shown & { sources: readonly string[] }> = ({
  name,
  draft,
  stored,
  loaded = {},
  problems = [],
  preview,
  sources,
}) => {
  const isNew = stored === undefined
  const path = DESTINATIONS.pathOf(name)
  const { values } = draft
  const known = [...new Set([...sources, ...split(values['sources'])])]
  return (
    <>
      {preview !== undefined && (
        <section class="preview" aria-label="Preview of the filter">
          <p class="notice good" role="status">
            Nothing is saved yet. Secrets and values of headers have to be entered again below.
          </p>
          <Preview preview={preview} />
        </section>
      )}
      <Form
        label={isNew ? 'Add the destination' : 'Save'}
        back={isNew ? DESTINATIONS.path : `${path}/settings`}
        hidden={loaded}
        typed={{ ...values, name }}
        problems={problems}
        also={
          <button type="submit" class="quiet" name="do" value="preview" formnovalidate>
            Try the filter
          </button>
        }
      >
        <h2>Endpoint</h2>
        {isNew && (
          <TextField
            name="name"
            label="Name"
            required
            maxlength={64}
            hint="1 to 64 lower-case letters, digits and hyphens: app."
          />
        )}
        <TextField
          name="url"
          label="URL"
          required
          inputmode="url"
          maxlength={2_048}
          hint={
            isNew
              ? 'Where events are posted to: https, on the public internet; under npm start also http on your machine. It is shown, so put credentials into headers.'
              : 'With another host, a new secret is generated. With another URL, enter the values of headers again.'
          }
        />
        <h2>Which events</h2>
        <Choices
          name="types"
          label="Types"
          hint="None chosen: all types."
          options={optionsOf(EVENT_TYPES, eventWord)}
        />
        {known.length > 0 && (
          <Choices
            name="sources"
            label="Sources"
            hint="None chosen: all sources, also those that are added later."
            options={optionsOf(known)}
          />
        )}
        <Conditions draft={draft} hasProblem={problems.some(({ path: at }) => at === 'where')} />
        {isNew && (
          <Choice
            name="start"
            label="Begin with"
            hint="It cannot be changed later. Events of a certain time can be replayed at any moment."
            options={[
              ['now', 'what comes from now on'],
              ['oldest', 'the oldest event that is stored'],
            ]}
          />
        )}
        <details open={!isNew || problems.length > 0}>
          <summary>More settings: personal fields, batches, speed, proof</summary>
          <SettingGroups groups={GROUPS} />
          {isNew && (
            <TextField
              name="signing_secret"
              label="Signing secret"
              type="password"
              remark="(empty: one is generated, and shown once by a link)"
              hint="whsec_ and base64, if the receiver has one already."
            />
          )}
          <Headers names={stored?.config.headers ?? []} kept={split(values['headers'])} />
        </details>
        <Reason />
      </Form>
    </>
  )
}

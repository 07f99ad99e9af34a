/** The form of a destination, which makes it, and which is its page of settings for whoever may change it. */
import type { Child, FC } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { destinationRoutes } from '../../../api/destinations.ts'
import { may } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { shownTarget } from '../../destinations.ts'
import { type FilterPreview, previewFilter } from '../../filter-preview.ts'
import { eventWord } from '../../messages/events.ts'
import { answerOnce, answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Clock, Part } from '../components.tsx'
import { Choice, Choices, Reason, TextField, field } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { optionsOf } from '../options.ts'
import type { Finder } from '../route.ts'
import { Secrets } from '../secrets/tables.tsx'
import { SettingGroups, type Texts } from '../setting-fields.tsx'
import { SourcePicker } from '../source-picker.tsx'
import { sourceNames } from '../sources/names.ts'
import { SETTINGS, atFields, documentOf, draftOf, filterOf, split, typedDraft } from './draft.ts'
import { Conditions, Headers } from './fields.tsx'
import { Preview } from './filter.tsx'
import { SettingFacts } from './facts.tsx'
import { answerDestination } from './frame.tsx'
import { DESTINATIONS } from './resource.ts'

interface Edited {
  /** Undefined for a new one. */
  readonly stored?: DestinationView
  readonly sources: readonly string[]
  /** Of the filter that was typed, if that is wanted: nothing is saved then. */
  readonly tried?: FilterPreview | readonly DocumentProblem[]
}

async function editedOf(c: ConsoleContext, stored?: DestinationView): Promise<Edited> {
  const context = c.get('context')
  const edited = { ...(stored && { stored }), sources: await sourceNames(context) }
  if (c.req.method !== 'POST' || field(c, 'do') !== 'preview') return edited
  const filter = filterOf(typedDraft(c.get('form')))
  const problems = filterProblems(filter, 'filter')
  return { ...edited, tried: problems.length > 0 ? problems : await previewFilter(context, filter) }
}

const isPreview = (tried: Edited['tried']): tried is FilterPreview =>
  tried !== undefined && 'passing' in tried

async function save(c: ConsoleContext, { stored, tried }: Edited, typed: Texts, version: number) {
  if (tried !== undefined) return isPreview(tried) ? [] : tried
  const name = stored?.name ?? typed['name'] ?? ''
  const body = documentOf(typed, c.get('form'), stored)
  const put = await call(c, destinationRoutes.putDestination, { params: { name }, body, version })
  if (!put.ok) return put
  const { link } = put.json
  if (link === null) return DESTINATIONS.leadTo(c, name, put.status === 201 ? 'created' : 'changed')
  return answerOnce(c, {
    title: `${name} is saved`,
    lead: (
      <>
        A secret was generated that signs each delivery. Whoever runs the endpoint opens this link and enters
        the secret there. The link shows it once. It ends at <Clock at={Date.parse(link.ends_at)} />.
      </>
    ),
    values: [['the link', link.url]],
    next: [DESTINATIONS.pathOf(name), `I have the link: go to ${name}`],
  })
}

const formOf = (of: Finder<Edited>, versionOf?: (edited: Edited) => number) =>
  formRoute<Texts, Edited>({
    of,
    shown: ({ stored, tried }) => ({
      ...(stored === undefined
        ? {
            title: 'Add a destination',
            label: 'Add the destination',
            back: [DESTINATIONS.path, 'Destinations'],
          }
        : {
            title: 'Settings',
            action: `${DESTINATIONS.pathOf(stored.name)}/settings/edit`,
            label: 'Save',
            back: [DESTINATIONS.pathOf(stored.name), stored.name],
          }),
      before: isPreview(tried) && (
        <section class="preview" aria-label="Preview of the filter">
          <p class="notice good" role="status">
            Nothing is saved yet. Secrets and values of headers have to be entered again below.
          </p>
          <Preview preview={tried} />
        </section>
      ),
      also: (
        <button type="submit" class="quiet" name="do" value="preview" formnovalidate>
          Try the filter
        </button>
      ),
    }),
    values: ({ stored }) => draftOf(stored),
    typedIn: (c) => typedDraft(c.get('form')),
    ...(versionOf && { versionOf }),
    Fields,
    atFields,
    answer: (c, { stored }, content, frame, status) =>
      stored === undefined
        ? answerPage(c, { ...frame, narrow: false }, content, status)
        : answerSettings(c, stored, content, frame.isWrong, status),
    save,
  })

/** @param form for whoever may change something */
function answerSettings(
  c: ConsoleContext,
  destination: DestinationView,
  form: Child,
  isWrong: boolean | undefined,
  status: ContentfulStatusCode | undefined,
): Promise<Response> {
  const { name, publicKeys = {}, rotations, secrets } = destination
  const { actor } = c.get('context')
  const path = DESTINATIONS.pathOf(name)
  const mayChange = may(actor, 'operator')
  return answerDestination(
    c,
    destination,
    'Settings',
    <>
      {mayChange ? form : <SettingFacts destination={destination} shown={shownTarget(destination, actor)} />}
      <Secrets
        noun="destination"
        path={path}
        publicKeys={publicKeys}
        rotations={rotations}
        secrets={secrets}
      />
      {mayChange && (
        <Part
          id="remove"
          title="Remove it"
          lead="Nothing is sent to it then, and what waits for it is deleted."
        >
          <a class="button danger" data-open="dialog" href={`${path}/settings/remove`}>
            Remove this destination
          </a>
        </Part>
      )}
    </>,
    { frame: { isWrong }, status },
  )
}

const Fields: FC<{ thing: Edited; typed: Texts }> = ({ thing: { stored, sources }, typed }) => {
  const isNew = stored === undefined
  return (
    <>
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
      {!isNew && (
        <p>
          <a data-open="panel" href={`${DESTINATIONS.pathOf(stored.name)}/filter`}>
            See which of the latest events pass
          </a>
        </p>
      )}
      <Choices
        name="types"
        label="Types"
        hint="None chosen: all types."
        options={optionsOf(EVENT_TYPES, eventWord)}
      />
      <SourcePicker names={sources} />
      <Conditions draft={typed} />
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
      <details open={!isNew || typed['url'] !== undefined}>
        <summary>More settings: personal fields, batches, speed, proof</summary>
        <SettingGroups settings={SETTINGS} />
        {isNew && (
          <TextField
            name="signing_secret"
            label="Signing secret"
            type="password"
            remark="(empty: one is generated, and shown once by a link)"
            hint="whsec_ and base64, if the receiver has one already."
          />
        )}
        <Headers names={stored?.config.headers ?? []} kept={split(typed['headers'])} />
      </details>
      <Reason />
    </>
  )
}

export const newPage = formOf((work) => async (c) => work(c, await editedOf(c)))
export const editPage = formOf(
  (work) => DESTINATIONS.with(async (c, stored) => work(c, await editedOf(c, stored))),
  ({ stored }) => stored?.version ?? 0,
)

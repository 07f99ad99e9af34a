/** The form of a destination, which makes or changes it, with a preview of its filter. */
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { EVENT_TYPES, MailEventSchema } from '../../../event/mail-event.ts'
import { toInstant } from '../../../platform/time.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { statusOf } from '../../../api/problem.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { notifyDestination, ownHosts } from '../../destinations.ts'
import { type FilterPreview, previewFilter } from '../../filter-preview.ts'
import { eventWord } from '../../messages/events.ts'
import { newLink } from '../../retrieval.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Copied } from '../components.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from '../conflict.tsx'
import {
  CheckBox,
  Choice,
  Choices,
  FieldGroup,
  Form,
  Reason,
  SecretMark,
  TextArea,
  TextField,
  field,
  whoWithReason,
} from '../form.tsx'
import { optionsOf } from '../options.ts'
import { sourceNames } from '../sources/names.ts'
import { COMPARISONS } from './conditions.ts'
import {
  type Draft,
  NEW_DRAFT,
  SPARE_ROWS,
  type Values,
  atFields,
  documentOf,
  draftOf,
  filterOf,
  typedDraft,
} from './draft.ts'
import { Preview } from './filter.tsx'
import { DESTINATIONS, NEW_DESTINATION } from './resource.ts'
import { answerDestination } from './tabs.ts'

interface Shown {
  readonly name: string
  readonly draft: Draft
  /** The destination that is changed; undefined for a new one. */
  readonly stored: DestinationView | undefined
  /** Hidden fields that say what was loaded. */
  readonly loaded?: Values
  readonly problems?: readonly DocumentProblem[]
  readonly preview?: FilterPreview
}

export const showNew = (c: ConsoleContext): Promise<Response> =>
  answerForm(c, { name: '', draft: NEW_DRAFT, stored: undefined })

export const create = (c: ConsoleContext): Promise<Response> =>
  take(c, { name: field(c, 'name'), draft: typedDraft(c.get('form')), stored: undefined })

export const showEdit = DESTINATIONS.with((c, stored) =>
  answerForm(c, {
    name: stored.name,
    draft: draftOf(stored),
    stored,
    loaded: loadedFields(stored.version, draftOf(stored).values),
  }),
)

export const change = DESTINATIONS.with((c, stored) =>
  take(c, { name: stored.name, draft: typedDraft(c.get('form')), stored, loaded: loadedIn(c) }),
)

const take = (c: ConsoleContext, shown: Shown): Promise<Response> =>
  field(c, 'do') === 'preview' ? tryFilter(c, shown) : save(c, shown)

/** The form again, with what its filter does. Nothing is saved. */
async function tryFilter(c: ConsoleContext, shown: Shown): Promise<Response> {
  const filter = filterOf(shown.draft) ?? {}
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
    if (put.link !== null) return answerLink(c, put.owner, link.url, put.link.endsAtMs)
    return DESTINATIONS.leadTo(c, put.owner, put.created ? 'created' : 'changed')
  }
  if (put.code === 'document_invalid') return answerForm(c, { ...shown, problems: atFields(put.problems) })
  if (put.code === 'version_conflict' && stored === undefined)
    return answerForm(c, { ...shown, problems: [{ path: 'name', problem: 'There is a destination of this name already.' }] }) // prettier-ignore
  if (put.code === 'version_conflict' && stored !== undefined)
    return answerConflict(c, {
      title: `Change ${name}`,
      action: `${DESTINATIONS.pathOf(name)}/settings/edit`,
      back: DESTINATIONS.pathOf(name),
      version: stored.version,
      now: draftOf(stored).values,
      typed: draft.values,
    })
  const { code, detail } = notChanged(put, 'destination')
  return answerNotice(c, statusOf(code), 'Not saved', detail)
}

/** Not a redirect, because the link is shown once. */
const answerLink = (
  c: ConsoleContext,
  { name }: DestinationView,
  url: string,
  endsAtMs: number,
): Promise<Response> =>
  answerPage(
    c,
    { title: `${name} is saved`, narrow: true },
    <>
      <p class="lead">
        A secret was generated that signs each delivery. Whoever runs the endpoint opens this link and enters
        the secret there. The link shows it once, until {toInstant(endsAtMs)}.
      </p>
      <p>
        <Copied label="the link" text={url} />
      </p>
      <p class="after">
        <a class="button" href={DESTINATIONS.pathOf(name)}>
          I have the link: go to {name}
        </a>
      </p>
    </>,
  )

async function answerForm(c: ConsoleContext, shown: Shown): Promise<Response> {
  const { name, stored, problems = [] } = shown
  const sources = await sourceNames(c.get('context'))
  const isWrong = problems.length > 0
  const content = <DestinationForm {...shown} problems={problems} sourceNames={sources} />
  return stored === undefined
    ? answerPage(
        c,
        {
          title: 'Add a destination',
          back: { href: DESTINATIONS.path, text: 'Destinations' },
          isWrong,
        },
        content,
      )
    : answerDestination(c, name, 'Change', content, { isWrong })
}

interface DestinationFormProps extends Shown {
  readonly problems: readonly DocumentProblem[]
  readonly sourceNames: readonly string[]
}

const DestinationForm: FC<DestinationFormProps> = ({
  name,
  draft,
  stored,
  loaded = {},
  problems,
  preview,
  sourceNames: sources,
}) => {
  const isNew = stored === undefined
  const path = DESTINATIONS.pathOf(name)
  const { values } = draft
  const chosen = (values['sources'] ?? '').split(',').filter((source) => source !== '')
  const known = [...new Set([...sources, ...chosen])]
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
        action={isNew ? NEW_DESTINATION : `${path}/settings/edit`}
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
              ? 'Where events are posted to: https, on the public internet. It is shown, so put credentials into headers.'
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
        <h2>What is sent</h2>
        <Choice
          name="personal"
          label="Of a person"
          options={[
            ['full', 'everything'],
            ['pseudonym', 'a keyed hash in place of the address'],
            ['none', 'nothing that names a person'],
          ]}
        />
        <CheckBox
          name="tells_erasures"
          label="Tell it of each person who is erased"
          hint="By person.erased. Not together with “nothing that names a person”."
        />
        <div class="pair">
          <div>
            <TextField
              name="batch.max_events"
              label="Events in a request"
              inputmode="numeric"
              remark="(empty: one)"
              hint="Up to 1,000 as one array."
            />
          </div>
          <div>
            <TextField
              name="batch.max_wait_seconds"
              label="Longest wait, in seconds"
              inputmode="numeric"
              remark="(empty: 5)"
            />
          </div>
        </div>
        <CheckBox
          name="ordered"
          label="One after the other for the same message and recipient"
          hint="If one fails, later ones wait behind it. Not together with batches."
        />
        <h2>How fast</h2>
        <div class="pair">
          <div>
            <TextField
              name="rate_per_second"
              label="Requests a second"
              inputmode="numeric"
              remark="(empty: no limit)"
            />
          </div>
          <div>
            <TextField
              name="concurrency"
              label="Requests at the same time"
              inputmode="numeric"
              remark="(1 to 6)"
            />
          </div>
          <div>
            <TextField
              name="timeout_seconds"
              label="Longest answer, in seconds"
              inputmode="numeric"
              remark="(1 to 30)"
            />
          </div>
        </div>
        <h2>Proof</h2>
        {isNew && (
          <TextField
            name="signing_secret"
            label="Signing secret"
            type="password"
            remark="(empty: one is generated, and shown once by a link)"
            hint="whsec_ and base64, if the receiver has one already."
          />
        )}
        <CheckBox
          name="ed25519"
          label="Sign with Ed25519 as well"
          hint="The receiver then checks with a public key, and holds nothing that could sign."
        />
        <Headers stored={stored} values={values} />
        <Reason />
      </Form>
    </>
  )
}

const FIELDS = Object.keys(MailEventSchema.entries).filter(
  (name) => !['id', 'type', 'source', 'metadata'].includes(name),
)

/** Rows of conditions, of which two are empty. Each time that the form comes back there are two more. */
const Conditions: FC<{ draft: Draft; hasProblem: boolean }> = ({
  draft: { conditions, json },
  hasProblem,
}) => (
  <FieldGroup
    name="where"
    label="Conditions"
    hint={
      <>
        All must hold. Fields of metadata begin with <code>metadata.</code>; leave a row empty to drop it. For
        more rows, try the filter.
      </>
    }
  >
    <datalist id="event-fields">
      {[...FIELDS, 'metadata.'].map((name) => (
        <option value={name} />
      ))}
    </datalist>
    {[...conditions, ...Array.from({ length: SPARE_ROWS }, () => undefined)].map((condition, i) => (
      <div class="condition" role="group" aria-label={`Condition ${i + 1}`}>
        <input
          name={`field.${i}`}
          value={condition?.field ?? ''}
          list="event-fields"
          aria-label="Field"
          placeholder="Field, as bounce_type"
          autocomplete="off"
          spellcheck={false}
          maxlength={300}
        />
        <select name={`comparison.${i}`} aria-label="Comparison">
          {Object.entries(COMPARISONS).map(([value, { words }]) => (
            <option value={value} selected={value === condition?.comparison}>
              {words}
            </option>
          ))}
        </select>
        <input
          name={`value.${i}`}
          value={condition?.value ?? ''}
          aria-label="Value"
          placeholder="Value"
          autocomplete="off"
          spellcheck={false}
          maxlength={2_000}
        />
      </div>
    ))}
    <details open={json !== '' || hasProblem}>
      <summary>Conditions that no row can say ($or, $not), as JSON</summary>
      <TextArea name="where" id="where-json" label="JSON" value={json} maxlength={20_000} isCode />
    </details>
  </FieldGroup>
)

/** Names are shown, values never. */
const Headers: FC<{ stored: DestinationView | undefined; values: Draft['values'] }> = ({
  stored,
  values,
}) => {
  const kept = (values['headers'] ?? '').split(',')
  return (
    <FieldGroup
      name="headers"
      label="Headers of each request"
      hint="As for an API gateway: authorization and its value. Values are never shown again."
    >
      {(stored?.config.headers ?? []).map((name) => (
        <div class="condition">
          <label class="choice">
            <input type="checkbox" name="headers" value={name} checked={kept.includes(name)} /> keep{' '}
            <code>{name}</code>
          </label>
          <input
            type="password"
            name={`header.${name}`}
            aria-label={`New value of ${name}`}
            placeholder="New value; empty: it stays"
            autocomplete="off"
          />
          <SecretMark name={`header.${name}`} />
        </div>
      ))}
      {Array.from({ length: SPARE_ROWS }, (_, i) => (
        <div class="condition">
          <input
            name={`header_name.${i}`}
            aria-label="Name of a header"
            placeholder="Name"
            autocomplete="off"
            spellcheck={false}
          />
          <input
            type="password"
            name={`header_value.${i}`}
            aria-label="Its value"
            placeholder="Value"
            autocomplete="off"
          />
          <SecretMark name={`header_value.${i}`} />
        </div>
      ))}
    </FieldGroup>
  )
}

/** The configuration as a file: its download, and a plan of what a file would change before it is applied. */
import type { FC } from 'hono/jsx'
import {
  FileRefused,
  readConfigurationFile,
  writeConfigurationFile,
} from '../../../api/configuration-file.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { utf8 } from '../../../platform/bytes.ts'
import { applyConfiguration, configurationAnswer } from '../../api/configuration.ts'
import { resolved } from '../../configuration-secrets.ts'
import type { ConsoleContext } from '../../context.ts'
import {
  type Change,
  type Planned,
  changesIn,
  detailLines,
  removals,
  shortensRetention,
  summaryLines,
} from '../../messages/configuration.ts'
import type { Tone } from '../../messages/tone.ts'
import { answerFile, answerPage } from '../answer.tsx'
import { Badge, Empty, type Fact, Facts, NoticeLine, Shown, Under } from '../components.tsx'
import { loadedFields, versionIn } from '../conflict.tsx'
import { CheckBox, Form, Reason, TextArea, field, typedIn } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { Card, SYSTEM_PATH, systemAfter } from './card.tsx'

const CONFIGURATION_PATH = '/settings/configuration'
const CONFIGURATION_FILE = '/settings/postern.json'

export const ConfigurationCard: FC = () => (
  <Card id="configuration" title="Configuration">
    <p>
      Sources, destinations, channels, retention and the suppression policy as one file, without any secret.
    </p>
    <div class="buttons">
      <a class="button" href={CONFIGURATION_FILE} download>
        Download
      </a>
      <a class="button" href={CONFIGURATION_PATH} data-open="dialog">
        Apply a file
      </a>
    </div>
  </Card>
)

async function download(c: ConsoleContext): Promise<Response> {
  const { sources, destinations, channels, retention, policy } = await configurationAnswer(c.get('context'))
  const text = writeConfigurationFile(sources, destinations, channels, { retention, policy })
  return answerFile(c, 'postern.json', 'application/json', text)
}

const FIELDS = ['file', 'prune']
const PARENT = { href: SYSTEM_PATH, text: 'System' }

const showForm = (c: ConsoleContext, problems: readonly string[] = [], names = FIELDS): Promise<Response> =>
  answerPage(
    c,
    { title: 'Apply a configuration', narrow: true, isWrong: problems.length > 0, back: PARENT },
    <>
      <p class="lead">
        Brings all sources, destinations, channels, retention and the suppression policy to a file, whole or
        not at all. First you see what that changes.
      </p>
      <Form
        action={CONFIGURATION_PATH}
        label="Plan"
        back={SYSTEM_PATH}
        typed={problems.length > 0 ? typedIn(c, names) : {}}
        problems={problems.map((problem): DocumentProblem => ({ path: 'file', problem }))}
      >
        <TextArea
          name="file"
          label="Content of the file"
          required
          isCode
          hint={
            <>
              Do not write secrets into the file. {'{"stored": true}'} keeps the stored value. For a long
              file, or one with variables: <code>postern apply FILE</code>
            </>
          }
        />
        <CheckBox name="prune" label="Remove what is not in the file" />
      </Form>
    </>,
  )

/** First a plan, then the change, if nothing else has changed since. */
async function apply(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const read = readFile(field(c, 'file'))
  // A value of a secret may stand in it, so it is not shown again.
  if (Array.isArray(read)) return showForm(c, read, ['prune'])
  const wanted = { ...read, prune: field(c, 'prune') === 'yes' }
  const isPlanned = field(c, 'planned') === 'yes'
  const done =
    isPlanned &&
    (await applyConfiguration({ ...wanted, dry_run: false, expected_version: versionIn(c) ?? 0 }, context))
  if (done !== false && done.ok) return c.redirect(systemAfter('applied', changesIn(done.json).length), 303)
  const plan = await applyConfiguration({ ...wanted, dry_run: true, expected_version: null }, context)
  if (!plan.ok)
    return showForm(c, plan.problems?.map(({ path, problem }) => `${path}: ${problem}`) ?? [plan.detail])
  const problem =
    done === false
      ? undefined
      : done.code === 'reason_needed'
        ? 'This needs a reason. Enter why.'
        : done.detail
  return answerPlan(c, plan.json, problem)
}

/** @returns what is wrong with it, if something is */
function readFile(text: string) {
  try {
    const file = resolved(readConfigurationFile(utf8(text)), null)
    const { sources, destinations, channels, retention, policy } = file
    return { sources, destinations, channels, retention, policy }
  } catch (cause) {
    if (!(cause instanceof FileRefused)) throw cause
    return [cause.message, ...cause.more]
  }
}

const MARKS = {
  created: ['good', '+ create'],
  changed: ['warn', '~ change'],
  removed: ['bad', '− remove'],
} as const satisfies Record<string, readonly [Tone, string]>

type Marked = Change & { readonly change: keyof typeof MARKS }

const factOf = (one: Marked): Fact => [
  <Badge tone={MARKS[one.change][0]}>{MARKS[one.change][1]}</Badge>,
  <>
    <Shown text={one.name} max={100} />
    {detailLines(one).map((line) => (
      <Under text={line} max={400} />
    ))}
  </>,
]

function answerPlan(c: ConsoleContext, plan: Planned, problem: string | undefined): Promise<Response> {
  const changes = changesIn(plan)
  const gone = removals(plan).length
  return answerPage(
    c,
    { title: 'Plan of the configuration', isWrong: problem !== undefined, back: PARENT },
    <>
      <NoticeLine notice={problem === undefined ? undefined : { tone: 'bad', text: problem }} />
      <p class={gone > 0 ? 'notice warn' : 'lead'}>Nothing is changed yet. {summaryLines(plan).join(' ')}</p>
      <Facts rows={changes.map(factOf)} />
      {changes.length === 0 && <Empty>All is as in the file.</Empty>}
      {changes.length > 0 && (
        <div class="after">
          <Form
            action={CONFIGURATION_PATH}
            label={gone > 0 ? `Apply, and remove ${gone}` : 'Apply'}
            back={CONFIGURATION_PATH}
            hidden={{ ...typedIn(c, FIELDS), ...loadedFields(plan.version, {}), planned: 'yes' }}
          >
            <Reason required={shortensRetention(plan)} />
          </Form>
        </div>
      )}
    </>,
  )
}

const admin = { who: 'admin', allSources: true } as const

export const configurationPages: readonly PageRoute[] = [
  { ...admin, path: CONFIGURATION_PATH, kind: 'dialog', get: (c) => showForm(c), post: apply },
  { ...admin, path: CONFIGURATION_FILE, kind: 'file', get: download },
]

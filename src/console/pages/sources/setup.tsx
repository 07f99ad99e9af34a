/** The guided set-up of a source: five steps, from its URL to the first verified event. */
import type { Child, FC } from 'hono/jsx'
import { PROVIDERS, providerNamed } from '../../../providers/index.ts'
import { type Setup, setupOf } from '../../../providers/setup/index.ts'
import { isGenerated } from '../../../providers/shared/generated-slot.ts'
import type { Provider } from '../../../providers/shared/provider.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ShownValue } from '../../../registry/rotation/contract.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { notChanged } from '../../api/changes.ts'
import { statusOf } from '../../../api/problem.ts'
import { webhookUrl } from '../../api/sources.ts'
import type { ConsoleContext } from '../../context.ts'
import { newLink } from '../../retrieval.ts'
import { answerPage, answerPart } from '../answer.tsx'
import { Badge, Facts, For, NoticeLine, TextBlock } from '../components.tsx'
import { Form, field, typedIn } from '../form.tsx'
import { SecretFields, fieldOf, publicFields, secretIn } from '../secrets/fields.tsx'
import { Words } from '../words.tsx'
import { type Arrival, Arrived, readArrival } from './arrival.tsx'
import { SOURCES } from './resource.ts'
import { answerSource } from './tabs.tsx'

/** Slots of credentials for the ESP's API: no delivery is verified with them. */
const slotsOf = (provider: Provider): readonly string[] =>
  provider.authMethods.flatMap(({ slots }) => slots).filter((slot, i, all) => all.indexOf(slot) === i)

interface Wrong {
  readonly problems: readonly DocumentProblem[]
  readonly typed: Readonly<Record<string, string>>
}

export const showSetup = SOURCES.with((c, source) => answerSetup(c, source, slotIn(c, source)))

export const showArrival = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const arrival = await readArrival(context, source)
  return answerPart(c, <Arrived source={source} arrival={arrival} nowMs={context.nowMs} />)
})

/** The slot that the address or the form names; else that of the set-up, or the first. */
function slotIn(c: ConsoleContext, { config }: SourceView, named = c.req.query('slot')): string {
  const provider = providerNamed(config.provider)
  const slots = provider === undefined ? [] : slotsOf(provider)
  return slots.find((slot) => slot === named) ?? setupOf(config.provider)?.slot ?? slots[0] ?? ''
}

export const saveSecret = SOURCES.with(async (c, source) => {
  const { registry, who, consoleUrl } = c.get('context')
  const slot = slotIn(c, source, field(c, 'slot'))
  const kind = providerNamed(source.config.provider)?.secrets[slot]
  if (kind === undefined) return SOURCES.noneOf(c)
  const value = secretIn(c, kind)
  const typed = typedIn(c, publicFields(kind))
  const { request: link } = await newLink(consoleUrl)
  const done = await registry.sources.changeSecret(
    source.name,
    {
      kind: 'rotate',
      slot,
      ...(value === undefined ? { hold: true, link } : { value }),
    },
    who,
  )
  if (!done.ok) {
    const { detail, problems = [{ path: 'value', problem: detail }], code } = notChanged(done)
    const atFields = problems.map(({ path, problem }) => ({ path: fieldOf(kind, path), problem }))
    return answerSetup(c, source, slot, { problems: atFields, typed }, statusOf(code))
  }
  if (value !== undefined) return SOURCES.leadTo(c, source, 'secret_added', undefined, '/setup')
  const got = await registry.secrets.retrieve(link.sha256, who)
  return got.ok
    ? answerValues(c, source, slot, got.values)
    : SOURCES.leadTo(c, source, 'secret_unread', undefined, '/setup')
})

/** For whoever opens the address of the form again. */
export const leadToSecret = SOURCES.with((c, { name }) =>
  c.redirect(`${SOURCES.pathOf(name)}/setup#secret`, 303),
)

/** Not a redirect, because the values are shown once. */
function answerValues(
  c: ConsoleContext,
  source: SourceView,
  slot: string,
  values: readonly ShownValue[],
): Promise<Response> {
  const url = webhookUrl(source, c.get('context').gatewayUrl)
  const query = new URLSearchParams(values.map(({ name, value }): [string, string] => [name, value]))
  return answerPage(
    c,
    { title: `Secret of ${source.name}`, narrow: true },
    <>
      <p class="lead">
        {slot === 'query'
          ? 'The ESP has to call this URL, with the secret in it.'
          : 'Enter it at the sender. It is accepted from now on.'}{' '}
        It is shown this once.
      </p>
      <Facts
        rows={
          slot === 'query'
            ? [['URL', <Copied label="the URL" text={`${url}?${query.toString()}`} />]]
            : values.map(({ name, value }) => [name, <Copied label={name} text={value} />])
        }
      />
      <p class="after">
        <a class="button" href={`${SOURCES.pathOf(source.name)}/setup#test`}>
          I have stored it: go on
        </a>
      </p>
    </>,
  )
}

const Copied: FC<{ text: string; label: string }> = ({ text, label }) => (
  <code class="whole" data-copy={label}>
    {text}
  </code>
)

async function answerSetup(
  c: ConsoleContext,
  source: SourceView,
  slot: string,
  wrong?: Wrong,
  status: 200 | ReturnType<typeof statusOf> = 200,
): Promise<Response> {
  const context = c.get('context')
  const arrival = await readArrival(context, source)
  return answerSource(
    c,
    source.name,
    'Set-up',
    <>
      <NoticeLine notice={SOURCES.noticeIn(c)} />
      <Steps
        source={source}
        url={webhookUrl(source, context.gatewayUrl)}
        arrival={arrival}
        nowMs={context.nowMs}
        slot={slot}
        wrong={wrong}
      />
    </>,
    { isWrong: wrong !== undefined },
    status,
  )
}

interface StepsProps {
  readonly source: SourceView
  readonly url: string
  readonly arrival: Arrival
  readonly nowMs: number
  readonly slot: string
  readonly wrong: Wrong | undefined
}

const Steps: FC<StepsProps> = (props) => {
  const { source, url, arrival, nowMs } = props
  const provider = providerNamed(source.config.provider) ?? PROVIDERS[0]
  if (provider === undefined) return ''
  const setup = setupOf(provider.name)
  const hasSecret = source.missingSecrets === null
  const hasCome = arrival.event !== undefined
  const isReached = hasCome || arrival.refusal !== undefined
  const path = `${SOURCES.pathOf(source.name)}/setup`
  return (
    <ol class="steps">
      <Step id="url" title="Copy the URL" isDone>
        <Copied label="the URL" text={url} />
      </Step>
      <Step
        id="esp"
        title={
          setup?.page === undefined
            ? setup?.documentation === undefined && setup !== undefined
              ? 'Let your program send'
              : `Set up ${provider.title}`
            : `Open ${provider.title}`
        }
        isDone={isReached}
      >
        <AtEsp provider={provider} setup={setup} url={url} />
      </Step>
      <Step id="secret" title="Give both sides the secret" isDone={hasSecret}>
        <Secret {...props} provider={provider} setup={setup} />
      </Step>
      <Step id="test" title="Cause a first delivery" isDone={isReached}>
        <p>
          <Words
            text={setup?.test ?? 'Press the test button of the webhook, or send one mail to yourself.'}
            url={url}
          />
        </p>
        {setup?.example !== undefined && (
          <TextBlock text={setup.example.replaceAll('{url}', url)} label="Commands" copy="the commands" />
        )}
      </Step>
      <Step id="arrival" title="Wait for it" isDone={hasCome}>
        <div role="status" data-wait={`${path}/arrival`}>
          <Arrived source={source} arrival={arrival} nowMs={nowMs} />
        </div>
      </Step>
    </ol>
  )
}

const Step: FC<{ id: string; title: string; isDone: boolean; children?: Child }> = ({
  id,
  title,
  isDone,
  children,
}) => (
  <li id={id} class={isDone ? 'done' : undefined}>
    <h2>
      {title} {isDone && <Badge tone="good">done</Badge>}
    </h2>
    {children}
  </li>
)

const AtEsp: FC<{ provider: Provider; setup: Setup | undefined; url: string }> = ({ provider, setup, url }) =>
  setup === undefined ? (
    <p>
      Look for <strong>Webhooks</strong> in the settings of {provider.title}. Enter the URL, choose the events
      and the format JSON, and switch signing on.
    </p>
  ) : (
    <>
      <p>
        {setup.documentation === undefined ? (
          <>In {setup.where}:</>
        ) : setup.page === undefined ? (
          <>Look for: {setup.where}</>
        ) : (
          <a href={setup.page} target="_blank" rel="noopener noreferrer">
            {setup.where}
          </a>
        )}
      </p>
      <ol class="clicks">
        {setup.steps.map((step) => (
          <li>
            <Words text={step} url={url} />
          </li>
        ))}
      </ol>
      {setup.documentation !== undefined && (
        <p class="soft">
          Words of {provider.title} as read on {setup.readOn}; its pages may have moved since.{' '}
          <a href={setup.documentation} target="_blank" rel="noopener noreferrer">
            Its documentation
          </a>
        </p>
      )}
    </>
  )

const Secret: FC<StepsProps & { provider: Provider; setup: Setup | undefined }> = (props) => {
  const { source, url, slot, wrong, provider, setup } = props
  const path = SOURCES.pathOf(source.name)
  const kind = provider.secrets[slot]
  const isChosen = isGenerated(provider, slot)
  const others = slotsOf(provider).filter((other) => other !== slot)
  const accepted = source.secrets.filter(({ state }) => state === 'active' || state === 'retiring')
  return (
    <>
      {setup?.slot === slot && (
        <p>
          <Words text={setup.key} url={url} />
        </p>
      )}
      {source.missingSecrets === null && wrong === undefined ? (
        <p>
          {accepted.map(({ slot: one, version }) => (
            <>
              <code>
                {one}/{version}
              </code>{' '}
            </>
          ))}
          {accepted.length > 0 && 'is accepted. '}
          <a href={`${path}/secrets`}>Rotate or revoke it</a>
        </p>
      ) : (
        <For role="operator">
          {kind !== undefined && (
            <Form
              action={`${path}/setup/secret`}
              label={isChosen ? 'Save, or generate it' : 'Save'}
              hidden={{ slot }}
              typed={wrong?.typed ?? {}}
              problems={wrong?.problems}
            >
              <p class="soft">
                Secret <code>{slot}</code>
              </p>
              <SecretFields
                kind={kind}
                {...(isChosen ? { remark: '(leave it empty: Postern makes it, and shows it once)' } : {})}
              />
            </Form>
          )}
          {others.length > 0 && (
            <p class="soft">
              Or, in place of it:{' '}
              {others.map((other, i) => (
                <>
                  {i > 0 && ', '}
                  <a href={`?slot=${other}#secret`}>{other}</a>
                </>
              ))}
            </p>
          )}
        </For>
      )}
    </>
  )
}

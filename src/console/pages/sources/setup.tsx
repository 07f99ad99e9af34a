/** The guided set-up of a source: its steps, from its URL to the first verified event. */
import type { Child, FC } from 'hono/jsx'
import { type ProviderFacts, type SlotFacts, providerFacts } from '../../../providers/facts.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { statusOf } from '../../../api/problem.ts'
import { sourceSecretRoutes } from '../../../api/secrets.ts'
import { webhookUrl } from '../../api/sources.ts'
import type { ConsoleContext } from '../../context.ts'
import { linkHash } from '../../retrieval.ts'
import { answerPart } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, Badge, Copied, For, TextBlock } from '../components.tsx'
import { field, typedIn } from '../form.tsx'
import { atFields, publicFields, secretIn } from '../secrets/fields.tsx'
import { Words } from '../words.tsx'
import { Arrived, readArrival } from './arrival.tsx'
import { OpenSetup } from './open-setup.tsx'
import { webhookAt } from './mend.tsx'
import { FROM_SETUP, SOURCES } from './resource.ts'
import { SecretStep, type Wrong, answerValues, slotIn } from './secret-step.tsx'
import { answerSource } from './frame.tsx'

export const showSetup = SOURCES.with((c, source) => answerSetup(c, source, slotIn(c, source)))

export const showArrival = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const arrival = await readArrival(context, source)
  return answerPart(c, <Arrived source={source} arrival={arrival} nowMs={context.nowMs} />)
})

export const saveSecret = SOURCES.with(async (c, source) => {
  const { registry, who } = c.get('context')
  const { name } = source
  const chosen = slotIn(c, source, field(c, 'slot'))
  const { slot, kind } = chosen
  const value = secretIn(c, kind)
  const done = await call(c, sourceSecretRoutes.rotate, { params: { name, slot }, body: { value } })
  if (!done.ok) {
    const { detail, problems = [{ path: 'value', problem: detail }], code } = done
    const wrong = { problems: atFields(kind, problems), typed: typedIn(c, publicFields(kind)) }
    return answerSetup(c, source, chosen, wrong, statusOf(code))
  }
  const link = URL.parse(done.json.link?.url ?? '')?.searchParams.get('link')
  if (link === undefined || link === null) return SOURCES.leadTo(c, name, 'secret_added', undefined, '/setup')
  const got = await registry.secrets.retrieve((await linkHash(link)) ?? '', who)
  return got.ok
    ? answerValues(c, source, slot, got.values)
    : SOURCES.leadTo(c, name, 'secret_unread', undefined, '/setup')
})

/** For whoever opens the address of the form again. */
export const leadToSecret = SOURCES.with((c, { name }) =>
  c.redirect(`${SOURCES.pathOf(name)}/setup#secret`, 303),
)

async function answerSetup(
  c: ConsoleContext,
  source: SourceView,
  slot: SlotFacts,
  wrong?: Wrong,
  status?: ReturnType<typeof statusOf>,
): Promise<Response> {
  const context = c.get('context')
  const provider = providerFacts(source.config.provider)
  if (provider === undefined) return SOURCES.noneOf(c)
  const { setup } = provider
  const url = webhookUrl(source, context.gatewayUrl)
  const [arrival, webhook] = await Promise.all([
    readArrival(context, source),
    webhookAt(c, source, FROM_SETUP),
  ])
  const hasCome = arrival.event !== undefined
  const isTested = hasCome || arrival.refusal !== undefined
  const report = webhook?.report ?? null
  const isRight = report !== null && report.differences.length === 0 && report.problem === null
  const isReached = isTested || isRight || arrival.handshakeMs !== undefined
  const atEsp = (
    <>
      {webhook !== undefined && (
        <Step id="api" title="If you like, let Postern ask the ESP" isDone={isRight}>
          {webhook.content}
          {webhook.button}
        </Step>
      )}
      <Step id="esp" title={titleAtEsp(provider)} isDone={isReached}>
        <AtEsp provider={provider} url={url} />
      </Step>
    </>
  )
  // A secret that Postern generates is entered at the ESP together with the URL; any other is read there.
  const isFirst = slot.made_here
  return answerSource(
    c,
    source,
    'Set-up',
    <ol class="steps">
      <Step id="url" title="Copy the URL" isDone>
        <Copied label="the URL" text={url} />
      </Step>
      {source.setup !== undefined && (
        <Step
          id="open"
          title="Open the set-up"
          isDone={arrival.calls !== null || source.setup.verifiedAtMs !== null}
        >
          <OpenSetup source={source} calls={arrival.calls} />
        </Step>
      )}
      {!isFirst && atEsp}
      <Step id="secret" title="Give both sides the secret" isDone={source.missingSecrets === null}>
        <SecretStep source={source} slot={slot} wrong={wrong} provider={provider} url={url} />
      </Step>
      {isFirst && atEsp}
      <Step id="test" title="Cause a first delivery" isDone={isTested}>
        <p>
          <Words
            text={setup?.test ?? 'Press the test button of the webhook, or send one mail to yourself.'}
            url={url}
          />
        </p>
        {setup?.example !== undefined && (
          <TextBlock text={setup.example.replaceAll('{url}', url)} label="Commands" copy="the commands" />
        )}
        {/* It replaces the document of the source: one that works would lose its secret and its settings. */}
        {c.env.SAMPLES !== undefined && !hasCome && (
          <For role="operator">
            <p>
              No ESP reaches this machine. A sample is signed as {provider.title} does. It replaces the secret
              and the settings of this source with its own.
            </p>
            <Action action={`${SOURCES.pathOf(source.name)}/setup/sample`} label="Send me a sample" />
          </For>
        )}
      </Step>
      <Step id="arrival" title="Wait for it" isDone={hasCome}>
        {provider.nameless !== null && (
          <p>
            <Words text={provider.nameless} url={url} />
          </p>
        )}
        <div
          role="status"
          data-wait={`${SOURCES.pathOf(source.name)}/setup/arrival`}
          data-page={`${SOURCES.pathOf(source.name)}/setup`}
        >
          <Arrived source={source} arrival={arrival} nowMs={context.nowMs} />
        </div>
      </Step>
    </ol>,
    { isWrong: wrong !== undefined },
    status,
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

function titleAtEsp({ title, setup }: ProviderFacts): string {
  if (setup?.page !== undefined) return `Open ${title}`
  return setup !== null && setup.documentation === undefined ? 'Let your program send' : `Set up ${title}`
}

const AtEsp: FC<{ provider: ProviderFacts; url: string }> = ({ provider: { title, setup }, url }) =>
  setup === null ? (
    <p>
      Look for <strong>Webhooks</strong> in the settings of {title}. Enter the URL, choose the events and the
      format JSON, and switch signing on.
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
          Words of {title} as read on {setup.read_on}; its pages may have moved since.{' '}
          <a href={setup.documentation} target="_blank" rel="noopener noreferrer">
            Its documentation
          </a>
        </p>
      )}
    </>
  )

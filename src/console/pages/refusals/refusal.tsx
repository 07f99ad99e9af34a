/** One refusal in full: why, how it is mended, and what the gateway saw. */
import type { FC } from 'hono/jsx'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { decisionWords } from '../../messages/describe-decision.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Fact, Facts, For, Part, Shown, When } from '../components.tsx'
import { SOURCES } from '../sources/resource.ts'
import { Captured } from './captured.tsx'
import { capturePath, causePath } from './paths.ts'

export async function answerRefusal(c: ConsoleContext, refusal: RefusalRecord): Promise<Response> {
  const context = c.get('context')
  const { source, code, requestId } = refusal
  const { title, steps } = remedyOf(code)
  // A source that no request could name is none of ours.
  const own = source !== null && sees(context.actor, source) ? source : undefined
  const capture =
    own === undefined
      ? undefined
      : await answered(context, 'captures', () => context.refusalLog.viewCapture(own, context.nowMs))
  const isCaptured = capture?.captured.some((one) => one.requestId === requestId)
  return answerPage(
    c,
    {
      title: `Refusal ${refusal.requestId}`,
      heading: title,
      back: { href: '/refusals', text: 'Refusals' },
    },
    <>
      <p class="lead">
        <Shown text={explainRefusal(refusal)} max={400} />
      </p>
      {steps.length > 0 && (
        <Part id="mend" title="How to mend it">
          <ol>
            {steps.map((step) => (
              <li>{step}</li>
            ))}
          </ol>
          {own !== undefined && <Next source={own} code={code} />}
        </Part>
      )}
      {own !== undefined && isCaptured === true && <Captured source={own} requestId={requestId} />}
      <Part id="delivery" title="The delivery">
        <Facts rows={factsOf(refusal)} />
      </Part>
    </>,
  )
}

/** Where to go from here. */
const Next: FC<{ source: string; code: string }> = ({ source, code }) => (
  <div class="buttons after">
    <For role="operator">
      <Action action={`${capturePath(source)}/begin`} label="Capture the next ones" />
    </For>
    <a class="button" href={SOURCES.pathOf(source)}>
      Open the source
    </a>
    <a class="button" href={causePath({ source, code })}>
      All of this cause
    </a>
  </div>
)

const factsOf = ({
  requestId,
  atMs,
  source,
  provider,
  code,
  status,
  detail,
  decision,
  network,
}: RefusalRecord) =>
  [
    ['Request', <Shown text={requestId} code />],
    ['When', <When at={atMs} />],
    ['Source', <Shown text={source} max={80} />],
    ['Provider', <Shown text={provider} max={80} />],
    [
      'Code',
      <>
        <code>{code}</code>, answered with {status}
      </>,
    ],
    ...Object.entries(detail).map(([name, value]): Fact => [
      <Shown text={inWords(name)} max={60} />,
      <Shown text={String(value)} max={200} />,
    ]),
    ['Checks', <Shown text={decisionWords(decision)} max={400} />],
    ['Network', <Shown text={network} max={60} />],
  ] satisfies Fact[]

/** `keysAttempted` is `Keys attempted`. */
const inWords = (name: string): string => {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

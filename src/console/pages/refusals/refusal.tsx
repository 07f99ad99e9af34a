/** One refusal in full: why, how it is mended, and what the gateway saw. */
import type { FC } from 'hono/jsx'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { decisionWords } from '../../messages/describe-decision.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Fact, Facts, For, Part, Shown, When } from '../components.tsx'
import { SOURCES } from '../sources/resource.ts'
import { capturePath, causePath } from './paths.ts'

export function answerRefusal(c: ConsoleContext, refusal: RefusalRecord): Promise<Response> {
  const { source, code } = refusal
  const { title, steps } = remedyOf(code)
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
          {source !== null && sees(c.get('context').actor, source) && <Next source={source} code={code} />}
        </Part>
      )}
      <Part id="delivery" title="The delivery">
        <Facts rows={factsOf(refusal)} />
      </Part>
    </>,
  )
}

/** Where to go from here. A source that no request could name is none of ours. */
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

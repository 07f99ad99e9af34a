/** The step of a set-up in which both sides get the secret. */
import type { FC } from 'hono/jsx'
import { type ProviderFacts, type SlotFacts, providerFacts } from '../../../providers/facts.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ShownValue } from '../../../registry/rotation/contract.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { webhookUrl } from '../../api/sources.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerOnce } from '../answer.tsx'
import { For } from '../components.tsx'
import { Form } from '../form.tsx'
import { SecretFields } from '../secrets/fields.tsx'
import { Words } from '../words.tsx'
import { SOURCES } from './resource.ts'

/** A form that was refused. */
export interface Wrong {
  readonly problems: readonly DocumentProblem[]
  readonly typed: Readonly<Record<string, string>>
}

/** Slots that verify deliveries. The one of the ESP's API is not among them. */
const verifying = (provider: ProviderFacts | undefined): readonly SlotFacts[] =>
  provider?.slots.filter(({ verifies }) => verifies) ?? []

const NO_SLOT: SlotFacts = { slot: '', kind: 'text', made_here: false, verifies: false }

/** The slot of that name; else that of the set-up, or the first. */
export function mainSlot(provider: ProviderFacts | undefined, named?: string): SlotFacts {
  const slots = verifying(provider)
  const find = (wanted: string | undefined) => slots.find(({ slot }) => slot === wanted)
  return find(named) ?? find(provider?.setup?.slot) ?? slots[0] ?? NO_SLOT
}

/** The slot that the address or the form names. */
export const slotIn = (c: ConsoleContext, { config }: SourceView, named = c.req.query('slot')): SlotFacts =>
  mainSlot(providerFacts(config.provider), named)

export function answerValues(
  c: ConsoleContext,
  source: SourceView,
  slot: string,
  values: readonly ShownValue[],
): Promise<Response> {
  const pairs = values.map(({ name, value }): [string, string] => [name, value])
  const isInUrl = slot === 'query'
  const url = `${webhookUrl(source, c.get('context').gatewayUrl)}?${new URLSearchParams(pairs).toString()}`
  return answerOnce(c, {
    title: `Secret of ${source.name}`,
    lead: `${isInUrl ? 'The ESP has to call this URL, with the secret in it.' : 'Enter it at the sender. It is accepted from now on.'} It is shown this once.`,
    values: isInUrl ? [['URL', url]] : pairs,
    next: [`${SOURCES.pathOf(source.name)}/setup#esp`, 'I have stored it: go on'],
  })
}

interface SecretStepProps {
  readonly source: SourceView
  readonly url: string
  readonly slot: SlotFacts
  readonly wrong: Wrong | undefined
  readonly provider: ProviderFacts
}

export const SecretStep: FC<SecretStepProps> = ({ source, url, slot: chosen, wrong, provider }) => {
  const { setup } = provider
  const { slot } = chosen
  const path = SOURCES.pathOf(source.name)
  const others = verifying(provider).filter((one) => one.slot !== slot)
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
          <a href={`${path}/settings#secrets`}>Rotate or revoke it</a>
        </p>
      ) : (
        <For role="operator">
          <Form
            action={`${path}/setup/secret`}
            label={chosen.made_here ? 'Save, or generate it' : 'Save'}
            hidden={{ slot }}
            typed={wrong?.typed ?? {}}
            problems={wrong?.problems}
          >
            <p class="soft">
              Secret <code>{slot}</code>
            </p>
            <SecretFields
              kind={chosen.kind}
              {...(chosen.made_here
                ? { remark: '(leave it empty: Postern makes it, and shows it once)' }
                : {})}
            />
          </Form>
          {others.length > 0 && (
            <p class="soft">
              Or, in place of it:{' '}
              {others.map(({ slot: other }, i) => (
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

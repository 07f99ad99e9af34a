/** The settings of a source as fields: each with its meaning and default, its value as text, and back. */
import type { Child, FC } from 'hono/jsx'
import { LEVELS } from '../../../event/decision.ts'
import { providerNamed } from '../../../providers/index.ts'
import { SIGNATURE_ALGORITHMS, type SourceConfig } from '../../../registry/sources/document.ts'
import { PATTERNS, policyNameOf } from '../../../watch/patterns/index.ts'
import { CheckBox, SelectField, TextArea, TextField } from '../form.tsx'
import { optionsOf } from '../options.ts'

type Form = 'text' | 'number' | 'list' | 'numbers' | 'days' | 'check' | readonly string[]

interface Setting {
  /** Dotted path in the source document. */
  readonly path: string
  readonly label: string
  /** Meaning and default. */
  readonly hint?: string
  readonly form: Form
}

interface Group {
  readonly title: string
  /** The setting that a provider must take; absent for all. */
  readonly only?: 'signature' | 'jwt' | 'provisioner'
  readonly settings: readonly Setting[]
}

const setting = (path: string, label: string, hint: string, form: Form = 'text'): Setting => ({
  path,
  label,
  form,
  ...(hint === '' ? {} : { hint }),
})

const GROUPS: readonly Group[] = [
  {
    title: 'How strict',
    settings: [
      setting('level', 'Level', 'How many failed checks are tolerated: standard 2, enhanced 1, maximum 0. Rate and replay must always pass.', LEVELS),
      setting('auth.require', 'Methods that must fit', 'any: one of them is enough. all: each. Default: any.', ['any', 'all']),
      setting('auth.methods', 'Methods that count', 'signature, basic, … Empty: each for which there is a secret.', 'list'),
      setting('requireSourceIp', 'Refuse what comes from outside the networks, whatever the level tolerates', '', 'check'),
      setting('requireTls', 'Refuse what comes without TLS', 'Default: on.', 'check'),
      setting('minimumTls', 'Lowest version of TLS', 'Default: 1.2.', ['1.2', '1.3']),
    ],
  },
  {
    title: 'Where it may come from',
    settings: [
      setting('allowedIps', 'Networks', 'CIDR, IPv4 and IPv6. Empty: those that the ESP publishes, if it does, else any.', 'list'),
      setting('blockedIps', 'Blocked networks', 'Empty: none.', 'list'),
      setting('allowedCountries', 'Countries', 'Two letters each, as the edge of Cloudflare reports them. Empty: any.', 'list'),
      setting('blockedCountries', 'Blocked countries', 'Empty: none.', 'list'),
      setting('allowedAsns', 'Autonomous systems', 'Numbers. Empty: any.', 'numbers'),
      setting('blockedAsns', 'Blocked autonomous systems', 'Numbers. Empty: none.', 'numbers'),
    ],
  },
  {
    title: 'Limits',
    settings: [
      setting('ratePerMinute', 'Deliveries a minute', 'Accepted ones in any sixty seconds. Default: 6000.', 'number'),
      setting('replayWindowSeconds', 'Replay window, in seconds', 'How old a signature may be. Empty: the retry span of the ESP.', 'number'),
      setting('maxBodyBytes', 'Largest body, in bytes', 'Up to 10485760. Empty: 1 MiB, or what full batches of the ESP need.', 'number'),
      setting('publicUrl', 'URL at the ESP', 'Needed if the ESP signs the URL and a proxy changes it. Empty: the requested one.'),
    ],
  },
  {
    title: 'Rotation of secrets',
    settings: [
      setting('rotateEveryDays', 'Every how many days', 'never, or a number. Empty: 30 for passwords, keys and tokens that every delivery carries, else never.', 'days'),
      setting('rotationGraceSeconds', 'Grace, in seconds', 'How long the old secret is accepted beside the new one. Default: 86400.', 'number'),
    ],
  },
  {
    title: 'When something is down',
    settings: [
      setting('whenGuardDown', 'If no guard answers', 'admit: accept up to the rate for each isolate. refuse: answer 503. Empty: refuse at level maximum, else admit.', ['', 'admit', 'refuse']),
      setting('maxStaleSeconds', 'Age of cached settings, in seconds', 'How long they may serve while the registry is down. Default: 3600.', 'number'),
      setting('guardShards', 'Guards', 'More than 1 for a source past some 300 deliveries a second.', 'number'),
      setting('guardStore', 'Store of claims and quota', 'redis, once that is set up. Default: object.', ['object', 'redis']),
    ],
  },
  {
    title: 'What Postern does by itself, for an hour (default: it only advises)',
    settings: PATTERNS.flatMap(({ kind, policyActions }) =>
      policyActions.length === 0
        ? []
        : [setting(`containment.${policyNameOf(kind)}`, kind.replaceAll('_', ' '), '', ['', 'advise', ...policyActions])],
    ),
  },
  {
    title: 'Signature of another form',
    only: 'signature',
    settings: [
      setting('signature.algorithm', 'Algorithm', 'Empty: the form of Postern.', ['', ...SIGNATURE_ALGORITHMS]),
      setting('signature.header', 'Header of the signature', ''),
      setting('signature.prefix', 'Text before the signature', 'sha256='),
      setting('signature.encoding', 'Encoding', '', ['', 'hex', 'base64', 'base64url']),
      setting('signature.format', 'Form of an ECDSA signature', '', ['', 'der', 'p1363']),
      setting('signature.signed', 'Signed text', 'A template of {body}, {timestamp}, {id}, {url} and fixed text.'),
      setting('signature.timestampHeader', 'Header of the time', ''),
      setting('signature.idHeader', 'Header of the id', ''),
    ],
  },
  {
    title: 'Claims of a token',
    only: 'jwt',
    settings: [
      setting('jwt.algorithms', 'Algorithms', 'Empty: all that are safe.', 'list'),
      setting('jwt.issuer', 'Issuer', ''),
      setting('jwt.audience', 'Audience', ''),
      setting('jwt.clockToleranceSeconds', 'Tolerance of clocks, in seconds', '', 'number'),
    ],
  },
  {
    title: 'New secrets through the API of the ESP',
    only: 'provisioner',
    settings: [
      setting('provisioner.webhookId', 'Id of the webhook there', 'Empty: an operator enters new secrets.'),
      setting('provisioner.region', 'Region', '', ['', 'us', 'eu']),
    ],
  },
] // prettier-ignore

const groupsOf = ({ provider }: SourceConfig): readonly Group[] =>
  GROUPS.filter(({ only }) => only === undefined || providerNamed(provider)?.settings?.includes(only))

const settingsOf = (config: SourceConfig): readonly Setting[] =>
  groupsOf(config).flatMap(({ settings }) => settings)

export const settingNames = (config: SourceConfig): readonly string[] =>
  settingsOf(config).map(({ path }) => path)

type Typed = Readonly<Record<string, string>>

/** Values as the fields show them. */
export const typedOf = (config: SourceConfig): Typed =>
  Object.fromEntries(settingsOf(config).map(({ path, form }) => [path, textOf(valueAt(config, path), form)]))

function textOf(value: unknown, form: Form): string {
  if (value === null) return 'never'
  if (form === 'check') return value === true ? 'yes' : ''
  return Array.isArray(value) ? value.join('\n') : String((value as string | number | undefined) ?? '')
}

const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], document)

/** The document that the fields stand for. A text that is no number stays one: the registry says what is wrong. */
export function documentOf(config: SourceConfig, typed: Typed): Record<string, unknown> {
  const { provider, deployCheck } = config
  const document: Record<string, unknown> = {
    provider,
    ...(deployCheck === undefined ? {} : { deployCheck }),
  }
  for (const { path, form } of settingsOf(config)) {
    const value = valueOf(typed[path] ?? '', form)
    if (value === undefined) continue
    const [outer = '', inner] = path.split('.')
    if (inner === undefined) document[outer] = value
    else document[outer] = { ...(document[outer] as object | undefined), [inner]: value }
  }
  return document
}

function valueOf(text: string, form: Form): unknown {
  if (form === 'check') return text === 'yes'
  if (text === '') return undefined
  const words = () => text.split(/[\s,]+/).filter((word) => word !== '')
  if (form === 'list') return words()
  if (form === 'numbers') return words().map(numberOf)
  if (form === 'number') return numberOf(text)
  if (form === 'days') return text === 'never' ? null : numberOf(text)
  return text
}

/** A sign and decimals are for the document to refuse, in words of its own. */
const numberOf = (text: string): number | string =>
  /^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : text

export const SettingFields: FC<{ config: SourceConfig }> = ({ config }) => (
  <>
    {groupsOf(config).map(({ title, settings }) => (
      <fieldset class="group">
        <legend>{title}</legend>
        {settings.map((one) => (
          <Field setting={one} />
        ))}
      </fieldset>
    ))}
  </>
)

const Field: FC<{ setting: Setting }> = ({ setting: { path, label, hint, form } }): Child => {
  const field = { name: path, label, remark: ' ', ...(hint === undefined ? {} : { hint }) }
  if (form === 'check')
    return <CheckBox name={path} label={label} {...(hint === undefined ? {} : { hint })} />
  if (form === 'list' || form === 'numbers') return <TextArea {...field} />
  if (typeof form === 'string')
    return <TextField {...field} {...(form === 'number' ? { inputmode: 'numeric' as const } : {})} />
  return <SelectField {...field} options={optionsOf(form, (value) => (value === '' ? 'default' : value))} />
}

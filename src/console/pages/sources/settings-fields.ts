/** The settings of a source in groups, each with its meaning and default. */
import { LEVELS } from '../../../event/decision.ts'
import { providerNamed } from '../../../providers/index.ts'
import { SIGNATURE_ALGORITHMS, type SourceConfig } from '../../../registry/sources/document.ts'
import { kindName } from '../../../watch/names.ts'
import { PATTERNS, policyNameOf } from '../../../watch/patterns/index.ts'
import { type Group, type Setting, setting } from '../setting-fields.tsx'

interface SourceGroup extends Group {
  /** The setting that a provider must take; absent for all. */
  readonly only?: 'signature' | 'jwt' | 'provisioner'
}

const GROUPS: readonly SourceGroup[] = [
  {
    title: 'How strict',
    settings: [
      setting('level', 'Level', 'How many failed checks are tolerated: standard 2, enhanced 1, maximum 0. Rate and replay must always pass.', LEVELS),
      setting('auth.require', 'Methods that must fit', 'any: one of them is enough. all: each. Default: any.', ['any', 'all']),
      setting('auth.methods', 'Methods that count', 'signature, basic, … Empty: each for which there is a secret.', 'list'),
      setting('requireSourceIp', 'At every level, refuse deliveries from outside the networks', '', 'check'),
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
        : [setting(`containment.${policyNameOf(kind)}`, kindName(kind), '', ['', 'advise', ...policyActions])],
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

export const groupsOf = ({ provider }: SourceConfig): readonly Group[] =>
  GROUPS.filter(({ only }) => only === undefined || providerNamed(provider)?.settings?.includes(only))

export const settingsOf = (config: SourceConfig): readonly Setting[] =>
  groupsOf(config).flatMap(({ settings }) => settings)

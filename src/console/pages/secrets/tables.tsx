/** The secrets of a source or a destination: how their rotation stands, and all their versions. */
import type { FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import type { SecretVersion, SlotRotation } from '../../../registry/rotation/secret-version.ts'
import type { OwnerNoun } from '../../api/changes.ts'
import { rotationWord } from '../../messages/rotation.ts'
import { Badge, type Column, List, Nothing, Part, Shown, Table, When } from '../components.tsx'

interface SecretsProps {
  readonly noun: OwnerNoun
  /** Of the owner's page. */
  readonly path: string
  readonly rotations: readonly SlotRotation[]
  readonly secrets: readonly SecretVersion[]
  /** By `slot/version`. */
  readonly publicKeys?: Readonly<Record<string, string>>
}

const LEADS: Readonly<Record<OwnerNoun, string>> = {
  source:
    'Values are never shown. A retiring version is accepted until the time below; a revoked one is deleted.',
  destination:
    'Values are never shown. Each version that is not revoked signs every delivery; a retiring one until the time below.',
}

export const Secrets: FC<SecretsProps> = (props) => (
  <Part id="secrets" title="Secrets" lead={LEADS[props.noun]}>
    {props.rotations.length > 0 && (
      <Table caption="Secrets" columns={slotColumns(props)} rows={props.rotations} />
    )}
    <div class="after">
      <List
        caption="Versions of secrets"
        columns={versionColumns(props)}
        rows={props.secrets}
        empty={
          <>
            No secret yet. <a href={`${props.path}/setup#secret`}>Add the first in the set-up</a>.
          </>
        }
      />
    </div>
  </Part>
)

const wordOf = (rotation: SlotRotation, noun: OwnerNoun) =>
  rotationWord(rotation, noun === 'source' ? 'sender' : 'receiver')

const slotColumns = ({ noun, path }: SecretsProps): readonly Column<SlotRotation>[] => [
  { label: 'Secret', cell: ({ slot }) => <code>{slot}</code> },
  {
    label: 'Rotation',
    kind: 'long',
    cell: (rotation) => <Badge tone={wordOf(rotation, noun).tone}>{rotation.state}</Badge>,
    under: (rotation) => wordOf(rotation, noun).text,
  },
  { label: 'Next', cell: ({ dueAtMs }) => <When at={dueAtMs} /> },
  {
    label: 'Change',
    role: 'operator',
    cell: ({ slot }) => (
      <a data-open="dialog" href={`${path}/secrets/${slot}/rotate`}>
        Rotate<span class="visually-hidden"> {slot}</span>
      </a>
    ),
  },
]

const TONES: Readonly<Record<SecretVersion['state'], Tone>> = {
  pending: 'warn',
  active: 'good',
  retiring: 'warn',
  revoked: 'plain',
}

const versionColumns = ({ noun, path, publicKeys = {} }: SecretsProps): readonly Column<SecretVersion>[] => [
  {
    label: 'Secret',
    cell: ({ slot, version }) => (
      <code>
        {slot}/{version}
      </code>
    ),
    under({ slot, version }) {
      const text = publicKeys[`${slot}/${version}`]
      return (
        text !== undefined && (
          <>
            public key <Shown text={text} />
          </>
        )
      )
    },
  },
  { label: 'State', cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
  { label: 'Made by', cell: ({ origin }) => (origin === 'postern' ? 'Postern' : 'operator') },
  { label: 'Made', cell: ({ createdAtMs }) => <When at={createdAtMs} /> },
  {
    label: noun === 'source' ? 'Accepted' : 'Active',
    cell: ({ state, activatedAtMs, acceptedUntilMs }) =>
      state === 'retiring' ? (
        <>
          until <When at={acceptedUntilMs} />
        </>
      ) : (
        <When at={activatedAtMs} />
      ),
  },
  {
    label: 'End',
    role: 'operator',
    cell: ({ slot, version, state }) =>
      // The values of headers are part of the document, and are changed with it.
      state === 'revoked' || slot === 'headers' ? (
        <Nothing />
      ) : (
        <a data-open="dialog" href={`${path}/secrets/${slot}/${version}/revoke`}>
          Revoke
          <span class="visually-hidden">
            {' '}
            {slot} {version}
          </span>
        </a>
      ),
  },
]

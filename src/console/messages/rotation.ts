/** How a secret's rotation stands, in words, and what the operator should do about it. */
import type { InstallProblem, RotationState, SlotRotation } from '../../registry/rotation/secret-version.ts'
import type { Tone } from './tone.ts'

interface Wording {
  readonly tone: Tone
  readonly text: string
}

const INSTALL: Readonly<Record<InstallProblem, string>> = {
  credential_missing: 'The source has no credential for the ESP’s API any more: bring one to esp_api_token.',
  secret_unreadable:
    'No master key that is configured opens it: configure the old one again, and seal everything anew.',
  credential_refused: 'The ESP does not take the credential in esp_api_token.',
  webhook_unknown: 'The ESP has no webhook of the id in provisioner.webhookId.',
  refused: 'The ESP said no. It may have tested the webhook and got no 200.',
  unavailable: 'The ESP did not answer in time.',
}

/** @param party who else has the secret: the sender of a source, or the receiver of a destination */
type Telling = (rotation: SlotRotation, party: 'sender' | 'receiver') => Wording

const STATES: Readonly<Record<RotationState, Telling>> = {
  fresh: () => ({ tone: 'good', text: 'Nothing to do.' }),
  soon: ({ generated }) => ({
    tone: 'good',
    text: generated ? 'Nothing to do yet.' : 'Soon to be changed at the ESP: bring the new value here.',
  }),
  due: ({ generated, installed }) => ({
    tone: 'warn',
    text: !generated
      ? 'Old: change it at the ESP, and bring the new value here.'
      : installed
        ? 'Old: rotated at the next turn of the schedule.'
        : 'Old: a new value is made at the next turn of the schedule.',
  }),
  waiting: (_rotation, party) => ({
    tone: 'warn',
    text: `A new value waits: make a link for it, and set it at the ${party}.`,
  }),
  installing: ({ problem }) => ({
    tone: 'bad',
    text: `${problem === null ? 'Being set at the ESP.' : INSTALL[problem]} The old version stays active; retried by itself.`,
  }),
}

export const rotationWord: Telling = (rotation, party) => STATES[rotation.state](rotation, party)

/** Whether it waits for an operator: to fetch a value, to bring one, or to mend what an ESP did not take. */
export const needsSomebody = ({ state, generated, problem }: SlotRotation): boolean =>
  state === 'waiting' ||
  (state === 'installing' && problem !== null) ||
  (!generated && (state === 'soon' || state === 'due'))

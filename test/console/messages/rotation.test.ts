import { describe, expect, it } from 'vitest'
import { needsSomebody, rotationWord } from '../../../src/console/messages/rotation.ts'
import type {
  InstallProblem,
  RotationState,
  SlotRotation,
} from '../../../src/registry/rotation/secret-version.ts'

const rotation = (state: RotationState, change: Partial<SlotRotation> = {}): SlotRotation => ({
  slot: 'hmac',
  state,
  generated: true,
  installed: false,
  dueAtMs: 0,
  problem: null,
  ...change,
})

describe('the message for a rotation', () => {
  it.each<[RotationState, Partial<SlotRotation>, boolean, RegExp]>([
    ['fresh', {}, false, /Nothing to do/],
    ['soon', {}, false, /Nothing to do yet/],
    ['soon', { generated: false }, true, /at the ESP/],
    ['due', {}, false, /is made at the next turn/],
    ['due', { installed: true }, false, /rotated at the next turn/],
    ['due', { generated: false }, true, /bring the new value/],
    ['waiting', {}, true, /make a link/],
    ['installing', {}, false, /Being set/],
    ['installing', { problem: 'webhook_unknown' }, true, /provisioner\.webhookId/],
  ])('%s %j', (state, change, needs, text) => {
    expect(needsSomebody(rotation(state, change))).toBe(needs)
    expect(rotationWord(rotation(state, change), 'sender').text).toMatch(text)
  })

  it.each<InstallProblem>([
    'credential_missing',
    'secret_unreadable',
    'credential_refused',
    'webhook_unknown',
    'refused',
    'unavailable',
  ])('say that nothing is lost: %s', (problem) => {
    expect(rotationWord(rotation('installing', { problem }), 'sender').text).toMatch(
      /The old version stays active/,
    )
  })
})

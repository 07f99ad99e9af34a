/** Usual behavior of one source: its rhythm, its swing and its networks. Several patterns read it; none writes it. */
import { totalOf } from '../signals/forms.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { type Networks, learnNetworks } from './networks.ts'
import { type Volume, newVolume, stepVolume } from './volume.ts'

export interface Profile {
  /** The first minute of the source. No finding goes back further. */
  readonly beganMinute: number
  readonly volume: Volume
  readonly networks: Networks
}

export const newProfile = (minute: number): Profile => ({
  beganMinute: minute,
  volume: newVolume(minute),
  networks: {},
})

export function learn(profile: Profile, minute: number, signals: MinuteSignals): void {
  stepVolume(profile.volume, minute, totalOf(signals.events))
  learnNetworks(profile.networks, minute, signals.networks)
}

/** The table of ESPs whose API sets a new secret, and whether it can for a source. */
import { API_SLOT } from '../../providers/shared/api-slot.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { brevo } from './brevo.ts'
import type { Provisioner, ProvisionerSetting } from './provisioner.ts'
import { postmark } from './postmark.ts'
import { sparkpost } from './sparkpost.ts'

export const PROVISIONERS: ReadonlyMap<string, Provisioner> = new Map(
  [brevo, postmark, sparkpost].map((provisioner) => [provisioner.provider, provisioner]),
)

export interface Installation {
  readonly provisioner: Provisioner
  readonly webhook: ProvisionerSetting
}

/** How a slot's secret is set at the ESP; `undefined` where a person has to. */
export function installationOf(config: SourceConfig, slot: string): Installation | undefined {
  const provisioner = PROVISIONERS.get(config.provider)
  return config.provisioner !== undefined && provisioner?.slots.includes(slot) === true
    ? { provisioner, webhook: config.provisioner }
    : undefined
}

/** Whether a new version can be set at the ESP by itself: its API has to be known there, and open to us. */
export const isInstalled = (
  config: SourceConfig,
  versions: readonly SecretVersion[],
  slot: string,
): boolean =>
  installationOf(config, slot) !== undefined &&
  versions.some((one) => one.slot === API_SLOT && one.state === 'active')

/** The ESPs whose API can set a new secret, and whether one can for a given source. */
import { API_SLOT } from '../../providers/shared/slots.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { type Provisioner, type ProvisionerSetting, brevo, postmark, sparkpost } from './provisioner.ts'

export const PROVISIONERS: ReadonlyMap<string, Provisioner> = new Map(
  [brevo, postmark, sparkpost].map((provisioner) => [provisioner.provider, provisioner]),
)

export interface Installation {
  readonly provisioner: Provisioner
  readonly webhook: ProvisionerSetting
}

/** How to set a slot's secret at the ESP; `undefined` if a person has to do it. */
export function installationOf(config: SourceConfig, slot: string): Installation | undefined {
  const provisioner = PROVISIONERS.get(config.provider)
  return config.provisioner !== undefined && provisioner?.slots.includes(slot) === true
    ? { provisioner, webhook: config.provisioner }
    : undefined
}

/** Whether Postern can set a new version at the ESP: the ESP has an API for it, and the source a credential for that API. */
export const isInstalled = (
  config: SourceConfig,
  versions: readonly SecretVersion[],
  slot: string,
): boolean =>
  installationOf(config, slot) !== undefined &&
  versions.some((one) => one.slot === API_SLOT && one.state === 'active')

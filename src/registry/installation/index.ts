/** Whether the API of a source's ESP can set a new secret there, and by which driver. */
import { driverOf } from '../../drivers/index.ts'
import type { InstallDriver } from '../../drivers/driver.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'

export interface Installation {
  readonly installs: InstallDriver
  readonly settings: NonNullable<SourceConfig['provisioner']>
}

/** How to set a slot's secret at the ESP; `undefined` if a person has to do it. */
export function installationOf(
  { provider, provisioner }: SourceConfig,
  slot: string,
): Installation | undefined {
  const installs = driverOf(provider)?.installs
  return provisioner?.webhookId !== undefined && installs?.slots.includes(slot) === true
    ? { installs, settings: provisioner }
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

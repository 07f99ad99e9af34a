/** The table of ESPs whose API sets a new secret, and whether it can for a source. */
import { API_SLOT } from '../../providers/shared/api-slot.ts'
import type { SourceConfig } from '../document.ts'
import type { SecretVersion } from '../source.ts'
import { brevo } from './brevo.ts'
import type { Driver, DriverSetting } from './driver.ts'
import { postmark } from './postmark.ts'
import { sparkpost } from './sparkpost.ts'

export const DRIVERS: ReadonlyMap<string, Driver> = new Map(
  [brevo, postmark, sparkpost].map((driver) => [driver.provider, driver]),
)

export interface Installation {
  readonly driver: Driver
  readonly webhook: DriverSetting
}

/** How a slot's secret is set at the ESP; `undefined` where a person has to. */
export function installationOf(config: SourceConfig, slot: string): Installation | undefined {
  const driver = DRIVERS.get(config.provider)
  return config.driver !== undefined && driver?.slots.includes(slot) === true
    ? { driver, webhook: config.driver }
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

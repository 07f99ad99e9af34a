/**
 * Opsgenie, by an API integration. Its API answers until 2027-04-05; then Jira Service Management takes its place.
 *
 * @see https://support.atlassian.com/opsgenie/docs/
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import type { Adapter } from '../adapter.ts'
import { GENIE, genieMessages } from '../text/genie-alerts.ts'

const ALERTS_URLS = {
  us: 'https://api.opsgenie.com/v2/alerts',
  eu: 'https://api.eu.opsgenie.com/v2/alerts',
} as const

interface Settings {
  readonly region: keyof typeof ALERTS_URLS
}

export const opsgenie: Adapter<Settings> = {
  ...GENIE,
  label: 'Opsgenie',
  entries: {
    region: setting(
      v.optional(v.picklist(['us', 'eu']), 'us'),
      'Region',
      "The region of your account: eu if its address has '.eu.' in it.",
    ),
  },
  compose: (notices, target) => genieMessages(ALERTS_URLS[target.settings.region], notices, target),
}

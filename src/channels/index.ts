/** The kinds of channels, one a file. */
import type { Adapter } from './adapter.ts'
import { alertmanager } from './kinds/alertmanager.ts'
import { discord } from './kinds/discord.ts'
import { jiraServiceManagement } from './kinds/jira-service-management.ts'
import { mail } from './kinds/mail.ts'
import { pagerduty } from './kinds/pagerduty.ts'
import { slack } from './kinds/slack.ts'
import { teams } from './kinds/teams.ts'
import { webhook } from './kinds/webhook.ts'

export const ADAPTERS = {
  mail,
  slack,
  pagerduty,
  teams,
  discord,
  jira_service_management: jiraServiceManagement,
  alertmanager,
  webhook,
} as const

export type ChannelKind = keyof typeof ADAPTERS

export const CHANNEL_KINDS = Object.keys(ADAPTERS) as ChannelKind[]

/** The settings of a channel fit its kind: the document was checked against this table. */
export const adapterOf = (kind: ChannelKind): Adapter => ADAPTERS[kind]

export const isChannelKind = (kind: unknown): kind is ChannelKind =>
  typeof kind === 'string' && Object.hasOwn(ADAPTERS, kind)

/**
 * Jira Service Management Operations, by an API integration. One host serves all regions.
 *
 * @see https://developer.atlassian.com/cloud/jira/service-desk-ops/integration-events/
 */
import type { Adapter } from '../adapter.ts'
import { GENIE, genieMessages } from '../text/genie-alerts.ts'

const ALERTS_URL = 'https://api.atlassian.com/jsm/ops/integration/v2/alerts'

export const jiraServiceManagement: Adapter = {
  ...GENIE,
  label: 'Jira Service Management',
  entries: {},
  compose: (notices, target) => genieMessages(ALERTS_URL, notices, target),
}

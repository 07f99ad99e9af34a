/** Labels of fields of the API. The same word stands above a column of a list, on a page and on the command line. */

/** Labels that the name of the field does not give. */
const LABELS: Readonly<Record<string, string>> = {
  action: 'What',
  actor_name: 'Who',
  at: 'When',
  attempts: 'Tries',
  blocked: 'Holds back',
  bytes: 'Size',
  created_at: 'Made',
  given_up_at: 'Given up',
  event_ids: 'First event',
  event_types: 'Events',
  expires_at: 'Ends',
  explanation: 'Why',
  first_failed_at: 'Failing since',
  headline: 'What',
  id: 'ID',
  item: 'What',
  keeps_suppression: 'Suppression',
  kept_since: 'Oldest',
  last_failed_at: 'Given up',
  holds: 'What it holds',
  lifted_at: 'Until',
  made_at: 'Made',
  median_seconds: 'Half within',
  milliseconds: 'Took',
  network: 'From',
  origin: 'Made by',
  created_by: 'Made by',
  passed: 'Result',
  passing: 'Pass',
  personal: 'Personal data',
  reason: 'Why',
  seq: 'Line',
  sha256: 'SHA-256',
  slot: 'Secret',
  started_at: 'Since',
  summary: 'Found',
  target: 'On',
  text: 'Details',
  title: 'ESP',
  type: 'Event',
  updated_at: 'Changed',
  url: 'URL',
  webhook_url: 'Webhook URL',
  event_id: 'Event',
  message_id: 'Message',
  request_id: 'Request',
  p90_seconds: 'Nine of ten within',
}

/** `next_try_at` is `Next try`, `last_error` is `Last error`. */
export function labelOf(field: string): string {
  const words = field.replace(/_(?:at|seconds)$/, '').replaceAll('_', ' ')
  return LABELS[field] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

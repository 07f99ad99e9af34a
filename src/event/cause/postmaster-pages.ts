/** Pages for senders: where a receiver says what it asks for, and where a blocklist takes a request. As of 2026-12-01. */
import { type CauseFound, meaningOf } from './causes.ts'

/** By mailbox provider, as `mailboxProviderOf` names it. */
export const RECEIVER_PAGES: ReadonlyMap<string, string> = new Map([
  ['comcast', 'https://postmaster.comcast.net'],
  ['gmail', 'https://support.google.com/a/answer/81126'],
  ['icloud', 'https://support.apple.com/102322'],
  ['outlook', 'https://sendersupport.olc.protection.outlook.com'],
  ['yahoo', 'https://senders.yahooinc.com/smtp-error-codes'],
])

/** By the detail of `reputation`: the blocklist. */
export const BLOCKLIST_PAGES: ReadonlyMap<string, string> = new Map([
  ['cloudmark', 'https://csi.cloudmark.com/reset-request'],
  ['microsoft', 'https://sender.office.com'],
  ['spamhaus', 'https://www.spamhaus.org/query'],
])

/** The page of whoever refused a message for its sender; null if there is nothing for the sender to do, or no page is known. */
export function pageOf(found: CauseFound, mailboxProvider: string | null | undefined): string | null {
  if (meaningOf(found.cause).about !== 'sender') return null
  const listed = found.cause === 'reputation' ? BLOCKLIST_PAGES.get(found.detail ?? '') : undefined
  return listed ?? RECEIVER_PAGES.get(mailboxProvider ?? '') ?? null
}

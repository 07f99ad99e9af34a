/** Ids of messages may hold slashes and anything else. */
export const messagePath = (source: string, messageId: string): string =>
  `/messages/${encodeURIComponent(source)}/${encodeURIComponent(messageId)}`

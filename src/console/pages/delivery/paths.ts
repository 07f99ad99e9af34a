/** Addresses of what happened to a delivery, an event or a message. */

/** @param id of an event, a request, a quarantined item or a dead letter of the queue */
export const deliveryPath = (id: string): string => `/d/${encodeURIComponent(id)}`

/** @param id of an event */
export const originalPath = (id: string): string => `${deliveryPath(id)}/original`

/** Ids of messages may hold slashes and anything else. */
export const messagePath = (source: string, messageId: string): string =>
  `/d/${encodeURIComponent(source)}/${encodeURIComponent(messageId)}`

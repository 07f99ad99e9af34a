/** Queue messages as text, with their bytes in base64. */

export interface QueueMessage {
  readonly queue: string
  readonly body: unknown
}

const BYTES = '$base64'

export const messageText = (message: QueueMessage): string =>
  JSON.stringify(message, (_key, value: unknown) =>
    value instanceof Uint8Array ? { [BYTES]: Buffer.from(value).toString('base64') } : value,
  )

export const messageOf = (text: string): QueueMessage =>
  JSON.parse(text, (_key, value: unknown) => {
    const base64 = value !== null && typeof value === 'object' && (value as Record<string, unknown>)[BYTES]
    return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : value
  }) as QueueMessage

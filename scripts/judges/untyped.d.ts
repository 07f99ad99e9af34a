/** Types of the parts that we call of packages that have none. */
declare module 'sns-validator' {
  export default class MessageValidator {
    constructor(hosts?: RegExp)
    validate(message: object, done: (error: Error | null) => void): void
  }
}

declare module 'telnyx' {
  interface Webhooks {
    constructEvent(payload: string, signature: string, timestamp: string, publicKey: string): unknown
  }
  export default function telnyx(apiKey: string): { readonly webhooks: Webhooks }
}

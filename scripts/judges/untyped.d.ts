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

declare module '@mailchimp/mailchimp_transactional' {
  type Call<Answer> = (body?: object) => Promise<Answer>
  interface Named {
    readonly url?: string
    readonly email?: string
  }
  interface Client {
    readonly webhooks: Readonly<
      Record<'list', Call<readonly Named[]>> & Record<'add' | 'update', Call<unknown>>
    >
    readonly rejects: Readonly<
      Record<'list', Call<readonly Named[]>> & Record<'add' | 'delete', Call<unknown>>
    >
  }
  export default function mailchimp(apiKey: string): Client
}

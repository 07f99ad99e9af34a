/** The form of the document, as far as it is used: OpenAPI 3.1 (spec.openapis.org/oas/v3.1). */
import type { JsonSchema } from '@valibot/to-json-schema'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: JsonSchema
}

export interface Media {
  readonly schema: JsonSchema
  readonly example?: unknown
}

export interface ResponseHeader {
  readonly description: string
  readonly schema: JsonSchema
}

export interface Answered {
  readonly description: string
  readonly headers: Readonly<Record<string, ResponseHeader>>
  /** Absent where the answer has no body. */
  readonly content?: Readonly<Record<string, Media>>
  /** Codes of the problems that come with this status. */
  readonly 'x-codes'?: readonly string[]
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly [string]
  readonly 'x-role': string
  /** Whether a token for some sources alone may call it. */
  readonly 'x-scoped': boolean
  readonly parameters: readonly Parameter[]
  readonly requestBody?: {
    readonly required: true
    readonly content: Readonly<Record<string, Media>>
  }
  readonly responses: Readonly<Record<string, Answered>>
}

export interface Tag {
  readonly name: string
  readonly description: string
}

export interface ListedProblem {
  readonly code: string
  readonly status: number
  readonly title: string
}

export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description: string
    readonly license: { readonly name: string; readonly identifier: string }
  }
  readonly servers: readonly { readonly url: string; readonly description: string }[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly tags: readonly Tag[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>
    readonly schemas: Readonly<Record<string, JsonSchema>>
  }
  /** Every code that a problem may have. Codes are stable: none is renamed, and none gets another status. */
  readonly 'x-problems': readonly ListedProblem[]
}

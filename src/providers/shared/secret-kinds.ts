/** Kinds of secrets for the slots of a source. `registry/secrets/` checks a secret on save and turns it into keys on use. */

export type SecretKind =
  /** Text used as a key or compared as it is; at least 8 characters, no placeholder. */
  | 'text'
  /** `whsec_` and base64 (Standard Webhooks); the prefix may be absent. At least 16 bytes. `whpk_` is an Ed25519 public key. */
  | 'standard-webhooks'
  /** Public keys: PEM or base64 SPKI. */
  | 'ecdsa-p256-public'
  | 'rsa-public'
  /** PEM, base64 SPKI, or base64 of the raw 32 bytes. */
  | 'ed25519-public'
  /** A public key of the algorithm that the source's `signature` names. */
  | 'any-public'
  /** `{username, password}`. */
  | 'basic'
  /** Map of name to value: custom headers, query parameters. */
  | 'named-values'
  /** ARNs of the SNS topics that may publish to the source. They are public, but nothing else binds it to its sender. */
  | 'topic-arn'
  /** The same for Scaleway's Topics and Events. */
  | 'scaleway-topic'
  /** Accounts at an ESP that signs for all of its customers with one key: whose events belong to the source. They are public. */
  | 'account'
  /** SHA-256 fingerprints of client certificates, lower-case hex. */
  | 'certificate-sha256'
  /** An https URL of a JWKS. */
  | 'jwks-url'
  /** `{introspection_url, client_id, client_secret, scope?, token_client_id?}`: how to check a token, and which to accept. */
  | 'oauth2'
  /** The URL that the ESP signs: https or http, absolute. It may carry credentials. */
  | 'signed-url'

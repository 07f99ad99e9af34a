/** The token of an `Authorization: Bearer` header (RFC 6750 section 2.1); the scheme's name in any case. */
export const bearerToken = (headers: Headers): string | undefined =>
  /^bearer ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(headers.get('authorization') ?? '')?.[1]

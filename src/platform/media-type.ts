/** A media type in lower case, without its parameters. */
export const mediaType = (header: string | null): string | null =>
  header?.split(';')[0]?.trim().toLowerCase() ?? null

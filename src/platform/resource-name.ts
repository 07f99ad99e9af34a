/** The form of the name of a source, a destination or a channel. A source's name is part of its URL. */
export const RESOURCE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

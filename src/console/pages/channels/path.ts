/** Paths of the pages about channels. */
export const CHANNELS_PATH = '/channels'

export const channelPath = (name: string): string => `${CHANNELS_PATH}/${name}`

/** The form for a new one. It has a part more than a channel's page, which may be named `new`. */
export const newChannelPath = (kind: string): string => `${CHANNELS_PATH}/new/${kind}`

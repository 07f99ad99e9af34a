/** What an operator may write about an address. */

export const NOTE_MAX_CHARACTERS = 500

/** Whether a text could be an address. Not a verdict on whether mail reaches it: ESPs report stranger ones. */
export const looksLikeAddress = (text: string): boolean =>
  /^[^\s@]{1,64}@[^\s@]{1,255}$/u.test(text) && !/\p{Cc}/u.test(text)

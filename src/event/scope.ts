/** The form of a scope, the mail that an unsubscribe or a re-subscribe is about: `group:12`, `list:news`. */
export const SCOPE = /^[\w-]+:\S/

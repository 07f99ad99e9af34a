/** Where the page about people and tokens is. */
export const ACCESS_PATH = '/access'

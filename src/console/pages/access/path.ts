/** Where the page about people and tokens is. */
export const ACCESS_PATH = '/access'
export const RETIRE_PATH = `${ACCESS_PATH}/admin-token/retire`

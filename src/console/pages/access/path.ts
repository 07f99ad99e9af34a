/** Where the pages about people, tokens and their changes are. */
export const ACCESS_PATH = '/access'
export const AUDIT_PATH = `${ACCESS_PATH}/audit`
export const NEW_TOKEN_PATH = `${ACCESS_PATH}/tokens/new`
export const RETIRE_PATH = `${ACCESS_PATH}/admin-token/retire`
export const END_ALL_PATH = `${ACCESS_PATH}/sessions/end-all`

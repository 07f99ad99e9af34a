/** The slot of a credential for an ESP's own API: with it Postern sets new secrets there. It proves no delivery. */
export const API_SLOT = 'esp_api_token'

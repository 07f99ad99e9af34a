/** The slot of a credential for the ESP's own API, with which Postern sets new secrets there. It verifies no delivery. */
export const API_SLOT = 'esp_api_token'

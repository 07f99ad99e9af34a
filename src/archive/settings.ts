/** Variables of the consumer that say how the archive works. */

/** `HOT_DAYS`: how long the store keeps what is archived. @throws {SettingMalformed} */
export const hotDays = (text: string | undefined): number => wholeNumber('HOT_DAYS', text, 30, 9_999)

/** Past three hours, the watch says that the archive is behind. */
const WAIT_MAX_MINUTES = 120

/** `ARCHIVE_MINUTES`: how long an event waits for its file at most. @throws {SettingMalformed} */
export const waitMinutes = (text: string | undefined): number =>
  wholeNumber('ARCHIVE_MINUTES', text, 60, WAIT_MAX_MINUTES)

/** Anything else is refused by name: with a guess, events would go too early. */
function wholeNumber(name: string, text: string | undefined, byDefault: number, max: number): number {
  if (text === undefined || text === '') return byDefault
  const number = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > max) throw new SettingMalformed(`${name} is not a whole number from 1 to ${max}`)
  return number
}

class SettingMalformed extends Error {
  override readonly name = 'SettingMalformed'
}

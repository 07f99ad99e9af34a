/** Variables of the consumer that say how the archive works. */

/** `HOT_DAYS`: how long the store keeps what is archived. @throws {SettingMalformed} */
export const hotDays = (text: string | undefined): number => wholeNumber('HOT_DAYS', text, 30)

/** `ARCHIVE_MINUTES`: how long an event waits for its file at most. @throws {SettingMalformed} */
export const waitMinutes = (text: string | undefined): number => wholeNumber('ARCHIVE_MINUTES', text, 60)

/** Anything else is refused by name: with a guess, events would go too early. */
function wholeNumber(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined || text === '') return byDefault
  if (!/^[1-9][0-9]{0,3}$/.test(text))
    throw new SettingMalformed(`${name} is not a whole number from 1 to 9999`)
  return Number(text)
}

class SettingMalformed extends Error {
  override readonly name = 'SettingMalformed'
}

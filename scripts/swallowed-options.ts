/** Options that npm keeps for itself: of `npm run deploy --back` the script gets nothing, and npm sets `npm_config_back`. */

/** npm reads `--plan` as its own `-p -l -a -n`. Nothing else that changes something consists of its letters. */
const SETTINGS_OF: Readonly<Record<string, readonly string[]>> = { plan: ['parseable', 'long', 'all'] }

type Variables = Readonly<Record<string, string | undefined>>

/**
 * A sentence if npm has kept options of this script, otherwise undefined.
 *
 * @param script its name in `package.json`
 * @param options the long names of all that it takes, without dashes
 * @param given what it got
 */
export function swallowedOptions(
  script: string,
  options: readonly string[],
  given: readonly string[],
  variables: Variables,
): string | undefined {
  if (variables['npm_lifecycle_event'] !== script) return undefined
  const isGiven = (option: string) =>
    given.some((one) => one === `--${option}` || one.startsWith(`--${option}=`))
  // npm sets the variable of an option that is off to an empty text.
  const isKept = (option: string) =>
    (SETTINGS_OF[option] ?? [option]).every((name) => variables[`npm_config_${name.replaceAll('-', '_')}`])
  const swallowed = options.filter((option) => isKept(option) && !isGiven(option))
  if (swallowed.length === 0) return undefined
  const names = swallowed.map((option) => `--${option}`)
  return (
    `npm kept ${names.join(' and ')} for itself. Two dashes come before the options of a script: ` +
    `npm run ${script} -- ${names.join(' ')}`
  )
}

/** Ends this process with the usage error if npm has kept options of it. */
export function refuseSwallowed(script: string, options: readonly string[]): void {
  const sentence = swallowedOptions(script, options, process.argv.slice(2), process.env)
  if (sentence === undefined) return
  console.error(sentence)
  process.exit(2)
}

/** The form that makes a token, and the one page on which the token is shown. */
import { ROLES } from '../../../api/route.ts'
import { TOKEN_DAYS_DEFAULT, tokenRoutes } from '../../../api/tokens.ts'
import { answerOnce } from '../answer.tsx'
import { call } from '../call.ts'
import { Choice, Reason, TextField } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { optionsOf } from '../options.ts'
import { SourcePicker } from '../source-picker.tsx'
import { withSourceNames } from '../sources/names.ts'
import { numberIn, wordsIn } from '../../../platform/settings.ts'
import { ACCESS_PATH, NEW_TOKEN_PATH } from './path.ts'

export const newTokenPage = formRoute({
  of: withSourceNames,
  shown: () => ({
    title: 'Make a token',
    action: NEW_TOKEN_PATH,
    label: 'Make the token',
    back: [ACCESS_PATH, 'Access'],
    lead: 'A viewer sees what happened, but not to whom. An operator also sees addresses, and acts on what is wrong. An admin also makes tokens and backups, and reads the audit log.',
  }),
  values: () => ({ name: '', role: 'viewer', sources: '', expires_in_days: String(TOKEN_DAYS_DEFAULT) }),
  Fields: ({ thing: names }) => (
    <>
      <TextField name="name" label="Whose, or what for" required maxlength={100} isProse />
      <Choice name="role" label="Role" options={optionsOf(ROLES)} />
      <SourcePicker names={names} hint="None chosen: all sources. An admin sees all." />
      <TextField name="expires_in_days" label="Days until it ends" inputmode="numeric" required />
      <Reason />
    </>
  ),
  async save(c, _names, { name, role, sources, expires_in_days: days }) {
    const body = {
      name,
      role,
      expires_in_days: numberIn(days),
      ...(sources === '' ? {} : { sources: wordsIn(sources) }),
    }
    const created = await call(c, tokenRoutes.createToken, { body })
    if (!created.ok) return created
    return answerOnce(c, {
      title: 'A new token',
      lead: 'Copy it now: it is shown this once, and kept nowhere.',
      values: [['Token', created.json.token]],
      next: [ACCESS_PATH, 'I have copied it'],
    })
  },
})

/** Groups the cases that may share Workers. Workers cache certificates by URL, so a URL must mean one certificate in a round. */
import { type Case, sourceOf } from './case.ts'

/** As few rounds as possible, with the cases in their order. One round is enough unless recordings contradict each other. */
export function rounds(cases: readonly Case[]): Case[][] {
  const all: { readonly cases: Case[]; readonly known: Map<string, string> }[] = []
  for (const one of cases) {
    const { certificates } = sourceOf(one)
    const fits = ({ known }: { readonly known: ReadonlyMap<string, string> }) =>
      [...certificates].every(([url, text]) => (known.get(url) ?? text) === text)
    let round = all.find(fits)
    if (round === undefined) all.push((round = { cases: [], known: new Map() }))
    round.cases.push(one)
    for (const [url, text] of certificates) round.known.set(url, text)
  }
  return all.map(({ cases }) => cases)
}

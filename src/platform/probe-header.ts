/**
 * Header by which drills, assessments and the test of a deployment say what they are. It keeps their refusals from being taken for those
 * of an ESP, and nothing else: checks, watch and counters treat them as all others, since anybody may send it.
 */
export const PROBE_HEADER = 'x-postern-probe'

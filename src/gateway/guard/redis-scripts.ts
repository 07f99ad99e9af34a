/**
 * The claim in Redis: one string a fingerprint, `<held | kept> <lease> <end of the lease, ms> <replay memory, ms> <body digest>`,
 * changed by these scripts only, each of them one atomic step. Every write sets an expiry.
 *
 * A lease ends by the gateways' clock, as in the object, and by Redis's own, whichever is first. A kept claim ends by Redis's.
 */

/**
 * Reserves the claim, or says why not; with it comes the newest version of the source that the registry has told.
 *
 * KEYS: the claim, the source's version. ARGV: lease, now (ms), end of the lease (ms), length of the lease (ms),
 * replay memory (ms), body digest.
 */
export const RESERVE = `
local version = redis.call('GET', KEYS[2]) or '0'
local held = redis.call('GET', KEYS[1])
if held then
  local state, lease, until_ms, body = string.match(held, '^(%a+) (%d+) (%d+) %d+ (%x*)$')
  if state ~= 'held' and state ~= 'kept' then return redis.error_reply('POSTERN a claim of unknown form') end
  -- Our own lease: the answer to the first try was lost on its way.
  local ours = state == 'held' and lease == ARGV[1]
  if not ours and (state == 'kept' or tonumber(until_ms) > tonumber(ARGV[2])) then
    if body ~= ARGV[6] then return {'token_reused', version} end
    return {state == 'kept' and 'duplicate' or 'in_flight', version}
  end
end
local claim = table.concat({'held', ARGV[1], ARGV[3], ARGV[5], ARGV[6]}, ' ')
redis.call('SET', KEYS[1], claim, 'PX', ARGV[4])
return {'reserved', version}`

/**
 * Keeps a reserved claim for the replay memory, or gives it back: 1 when the lease was still held, else 0 and nothing changes.
 *
 * KEYS: the claim. ARGV: lease, `keep` or `give_back`.
 */
export const SETTLE = `
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local state, lease, memory_ms, body = string.match(held, '^(%a+) (%d+) %d+ (%d+) (%x*)$')
if state ~= 'held' or lease ~= ARGV[1] then return 0 end
if ARGV[2] == 'keep' then
  redis.call('SET', KEYS[1], table.concat({'kept', lease, '0', memory_ms, body}, ' '), 'PX', memory_ms)
else
  redis.call('DEL', KEYS[1])
end
return 1`

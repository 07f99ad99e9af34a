/**
 * The claim in Redis: one string a fingerprint, `<held | kept> <lease> <end of the lease, ms> <replay memory, ms> <body digest>`.
 * Only these scripts change it, and each of them is atomic. Every write sets an expiry.
 *
 * A lease ends by the gateway's clock, as in the object, or by Redis's clock, whichever is first. A kept claim ends by Redis's clock.
 */

/**
 * Reserves the claim, or returns why not. It also returns the newest version of the source that the registry has stored.
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
  -- Our own lease: the answer to the first attempt was lost.
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
 * Keeps a reserved claim for the replay memory, or releases it. Returns 1 if the lease was still held; else 0, and nothing changes.
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

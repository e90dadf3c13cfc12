"""What Redis does with tasks in one step each, in Lua. Times are those of the server's clock."""

NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""

CREATE = (
    NOW
    + """
local known = KEYS[3] and redis.call('GET', KEYS[3])
if known then return known end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return false end
redis.call('HSET', KEYS[1], 'state', 'queued', unpack(ARGV, 5))
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
if KEYS[3] then redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[4]) end
return ARGV[1]
"""
)

CLAIM = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'state') ~= 'queued' then return false end
redis.call('HINCRBY', KEYS[1], 'attempt', 1)
redis.call('HSET', KEYS[1], 'state', 'running', 'started_at', ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])
"""
)

RENEW = (
    NOW
    + """
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
"""
)

STILL_OWN = """
local own = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if own[1] ~= 'running' or own[2] ~= ARGV[2] then return false end
"""

FINISH = (
    STILL_OWN
    + """
redis.call('HSET', KEYS[1], 'state', ARGV[4], 'finished_at', ARGV[5], ARGV[6], ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
"""
)

RETRY = (
    NOW
    + STILL_OWN
    + """
redis.call('HSET', KEYS[1], 'state', 'queued')
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
"""
)

TAKE_DUE = (
    NOW
    + """
local due = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[3])) do
    local name = ARGV[1] .. id
    if redis.call('EXISTS', name) == 1 then
        redis.call('HSET', name, 'state', 'queued')
        local sent = redis.call('HINCRBY', name, 'sent', 1)
        redis.call('ZADD', KEYS[1], now + ARGV[2] * 2 ^ math.min(sent, 6), id)
        table.insert(due, id)
    else
        redis.call('ZREM', KEYS[1], id)
    end
end
return due
"""
)

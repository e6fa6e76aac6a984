"""When keys expire, and what would be evicted next.  The caller holds the lock."""

from typing import Any

from redis_clone.cache.expiry import NARROWEST_MS
from redis_clone.server.inspection.texts import linked, shown
from redis_clone.server.memory import used_memory
from redis_clone.server.state import Server

MOST_SLOTS = 24
MOST_KEYS = 12  # of a slot

REASONS = {
    "lru": "accessed longest ago",
    "lfu": "accessed least often",
    "ttl": "expires first",
    "random": "any key, at random",
}


def expiry_panel(server: Server, db: int) -> dict[str, Any]:
    """The next slots of the timing wheel of a database."""
    database = server.databases[db]
    return {
        "db": db,
        "keys": len(database.expires),
        "slots": database.expires.count_slots(),
        "narrowest_ms": NARROWEST_MS,
        "expired": sum(each.expired for each in server.databases),
        "is_active": server.expiry.is_active,
        "rows": [
            {"start_ms": start, "keys": [shown(key, 24) for key in keys[:MOST_KEYS]], "count": len(keys)}
            for start, keys in database.expires.slots(MOST_SLOTS)
        ],
    }


def eviction_panel(server: Server, _: int) -> dict[str, Any]:
    """Memory, its limit, and the pool of candidates."""
    policy = server.config["maxmemory-policy"]
    return {
        "used": used_memory(server),
        "maxmemory": server.eviction.maxmemory,
        "policy": policy,
        "reason": REASONS.get(policy.rpartition("-")[2], "no key is ever evicted"),
        "expiring_only": policy.startswith("volatile"),
        "samples": server.eviction.samples,
        "evicted": server.eviction.evicted,
        "pool": [
            {"db": each.db, "key": shown(each.key, 40), "link": linked(each.key), "rank": each.rank}
            for each in server.eviction.next_candidates()
        ],
        "lazyfree": server.lazyfree.pending,
    }

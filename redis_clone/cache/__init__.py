"""What makes a data server a cache: which keys expire, and which are evicted when memory is full.

This folder can be read alone; nothing in it knows of commands or sockets.  Read it in this order:

    access        when a key was last accessed (LRU), or how often (LFU): one integer for each key
    policies      the eight values of maxmemory-policy, each a rank by which keys are evicted
    pool          the best candidates for eviction among all that were sampled
    used_memory   the bytes of all databases, and of buffers beside them, known before each command
    eviction      the memory limit, and the evictions that keep it: these four together
    expiry        the timing wheel: keys in the order in which they expire
    lazyfree      large values that are freed in slices

tests/cache/test_small_cache.py makes an LRU and an LFU cache of these parts in a few lines, around a plain
dict; the server does the same around its databases (storage/keyspace.py, and _make_room in
server/dispatch.py).  May import: structures.
"""

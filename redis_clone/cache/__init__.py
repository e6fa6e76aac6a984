"""What makes a server of data a cache: which keys fall due, and which have to go when there is no more room.

This folder can be read alone; nothing in it knows of commands or sockets.  In this order:

    uses          when a key was last used (LRU), or how often (LFU): one integer for each key
    policies      the eight ways to say which of two keys goes first
    pool          the best of very many that are looked at a few at a time
    used          how many bytes there are, known before each command
    eviction      the limit, and what is done to keep it: the four of them together
    expiry        keys in the order in which they fall due
    dismantling   what is large and gone, taken apart little by little

tests/cache/test_small_cache.py makes an LRU and an LFU cache of these parts in a few lines, around a plain
dict; the server does the same around its databases (storage/keyspace.py, and _make_room in
server/dispatch.py).
"""

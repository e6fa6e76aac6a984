"""The stages of a server that a student writes: a module for each group, a function for each stage.

A stage is a short conversation in plain Python.  Its docstring says what must be true of the server, and all
values in it are random, by a seed that is printed, so that no reply can be written down beforehand.

    @stage(1, 15, "a dictionary from bytes to bytes", "A hint.", "A hint that says more.")
    def set_and_get(judge: Judge) -> None:
        \"""SET keeps a value under a key, and GET returns it.\"""
        client = judge.client()
        key, value = judge.words(2)
        client.expect(f"SET {key} {value}", OK)
        client.expect(f"GET {key}", value, "SET kept this value")

A stage needs only those before it.  From `strings.py` on, each begins with FLUSHALL.  Each is true of
the real Redis, and tests/exercises has, for each, a wrong server that fails there.
"""

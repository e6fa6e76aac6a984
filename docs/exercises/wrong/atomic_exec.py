"""Wrong answers to `atomic_exec`.  Each function is one mistake, and takes the place of `exec_`."""


def without_finally(client: Client) -> Encoded | NullArray:
    """After a bug in the middle the client is taken to be in EXEC for ever."""
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    queued = transaction.end()
    if dirty_exec:
        raise RedisError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    transaction.is_running = True
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    if True:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        replies = Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    transaction.is_running = False
    client.server.tracking.send_held()
    return replies


def looked_at_too_late(client: Client) -> Encoded | NullArray:
    """The transaction is ended first, so nothing is watched any more when it is looked at."""
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    queued = transaction.end()
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    if dirty_exec:
        raise RedisError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    transaction.is_running = True
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    try:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        return Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    finally:
        transaction.is_running = False
        client.server.tracking.send_held()


def still_queuing(client: Client) -> Encoded | NullArray:
    """After a watched key has changed the client is still in MULTI."""
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    if not changed:
        queued = transaction.end()
    if dirty_exec:
        raise RedisError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    transaction.is_running = True
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    try:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        return Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    finally:
        transaction.is_running = False
        client.server.tracking.send_held()


def broken_commands_are_left_out(client: Client) -> Encoded | NullArray:
    """A command that could not be queued is just left out."""
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    queued = transaction.end()
    if changed:
        return NULL_ARRAY
    transaction.is_running = True
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    try:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        return Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    finally:
        transaction.is_running = False
        client.server.tracking.send_held()


def nobody_knows_that_it_runs(client: Client) -> Encoded | NullArray:
    """is_running stays False while the commands run."""
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    queued = transaction.end()
    if dirty_exec:
        raise RedisError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    try:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        return Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    finally:
        transaction.is_running = False
        client.server.tracking.send_held()

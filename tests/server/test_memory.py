"""The one sum of memory, and the clients' part in it."""

from harness import run

from redis_clone.server.clients import accept_client, free_client
from redis_clone.server.memory import PER_CLIENT, count_memory, used_memory
from redis_clone.server.state import Client, Server


def accepted(server):
    client = Client(server)
    accept_client(client)
    return client


def test_the_sum_is_that_of_the_clients_whatever_they_do_and_empty_when_they_are_gone():
    server = Server()
    clients = [accepted(server) for _ in range(3)]
    empty = used_memory(server)
    for line in ("SET k value", "MULTI", "SET k " + "x" * 1000, "GET k", "DISCARD", "SUBSCRIBE news"):
        for client in clients:
            run(client, line)
            client.output_buffer.append(b"a message")
    clients[0].output_buffer.close()
    for client in clients:
        count_memory(client)
    assert server.eviction.used.buffers == sum(client.counted_bytes for client in clients) > 2 * PER_CLIENT
    assert clients[0].counted_bytes == 0, "a client that is to be closed frees its memory in a moment"
    for client in clients:
        free_client(client)
    assert server.eviction.used.buffers == 0 and used_memory(server) < empty


def test_the_buffer_of_the_log_is_used_and_not_limited():
    server = Server()
    before = used_memory(server)
    server.log.logged += 1000  # as bytes that wait to be written
    assert used_memory(server) == before + 1000
    server.eviction.limit(before)
    assert not server.eviction.is_exceeded(server.databases)


def test_a_percentage_of_maxmemory_follows_it():
    server = Server()
    mb = 1024 * 1024
    for parameters, limit in [
        ({"maxmemory-clients": "1mb"}, mb),
        ({"maxmemory-clients": "1kb"}, 128 * 1024),
        ({"maxmemory-clients": "50%"}, 0),
        ({"maxmemory": "100mb"}, 50 * mb),
        ({"maxmemory": "100kb"}, 128 * 1024),
        ({"maxmemory-clients": "0%"}, 0),
    ]:
        server.config.set_all(parameters)
        assert server.client_memory_limit == limit


def test_a_transaction_that_has_ended_counts_no_more():
    server = Server()
    client = accepted(server)
    run(client, "MULTI")
    run(client, "ECHO " + "x" * 1_000_000)
    assert server.eviction.used.buffers > 1_000_000
    run(client, "DISCARD")
    assert server.eviction.used.buffers < 100_000

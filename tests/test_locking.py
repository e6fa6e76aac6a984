"""The lock for what is not a command."""

from threading import Thread

from redis_clone.locking import locked, quiet
from redis_clone.state import Server


def test_who_looks_at_all_the_data_waits_until_a_script_is_done():
    server, looked = Server(), []
    server.busy = "BUSY"

    def look():
        with quiet(server):
            looked.append(server.busy)

    onlooker = Thread(target=look)
    onlooker.start()
    with locked(server):
        assert looked == []
        server.busy = ""
    onlooker.join(10)
    assert looked == [""]

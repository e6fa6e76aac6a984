"""Step 22: measures how long a reply takes in one piece and in two, with Nagle's algorithm and without.

python docs/steps/22_pieces.py
"""

import socket
import statistics
import threading
import time

ROUNDS = 30
WHOLE, PIECES = [b"$3\r\nabc\r\n"], [b"$3\r\n", b"abc\r\n"]


def serve(connection: socket.socket, pieces: list[bytes]) -> None:
    while connection.recv(4096):
        for piece in pieces:
            connection.sendall(piece)


def microseconds(pieces: list[bytes], no_delay: bool) -> float:
    """The time from the request to the last byte of its reply; the median of several."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, no_delay)
    threading.Thread(target=serve, args=(server, pieces), daemon=True).start()
    taken = []
    for _ in range(ROUNDS):
        began, length = time.perf_counter(), 0
        client.sendall(b"GET key\r\n")
        while length < len(b"".join(pieces)):
            length += len(client.recv(4096))
        taken.append((time.perf_counter() - began) * 1e6)
    client.close()
    return statistics.median(taken)


if __name__ == "__main__":
    for pieces, how in ((WHOLE, "in one piece"), (PIECES, "in two pieces")):
        for no_delay in (False, True):
            nagle = "TCP_NODELAY" if no_delay else "as it comes"
            print(f"{how}, {nagle}: {microseconds(pieces, no_delay):.0f} us")

"""The base: bytes in, bytes out (chapters 1 and 2).

The way of a command from the socket to its reply, before there is any data.
"""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, Status, encode, error

PONG = Status("PONG")


@stage(
    1, 20, "a socket: listen, accept, receive, send",
    "The client sends *1\\r\\n$4\\r\\nPING\\r\\n: an array of one bulk string. Do not read it yet.",
    "Answer +PONG\\r\\n, a simple string, whatever came.",
)  # fmt: skip
def ping(judge: Judge) -> None:
    """PING is answered with PONG.

    Your program listens at a port, accepts a connection, and answers what comes there with seven bytes:
    +PONG, and the two that end a line.
    """
    judge.client().expect("PING", PONG, "this is the first reply of every Redis")


@stage(
    1, 10, "a connection lasts for many commands",
    "Do not close the connection after the reply.",
    "Put receive and send into a loop that ends when receive gives no bytes: then the client has left.",
)  # fmt: skip
def ping_again(judge: Judge) -> None:
    """A connection stays open for more commands."""
    client = judge.client()
    for _ in range(judge.number(3, 6)):
        client.expect("PING", PONG, "a client keeps its connection")


@stage(
    1, 15, "a client that has left is no fault of the server",
    "When receive gives no bytes, close this connection and accept the next.",
)  # fmt: skip
def a_client_leaves(judge: Judge) -> None:
    """A client that leaves takes nothing with it: the next one is served."""
    for name in judge.words(3):
        client = judge.client(name)
        client.expect("PING", PONG)
        client.close()
    judge.client("last").expect("PING", PONG, "the clients before it have only left")


@stage(
    2, 30, "many clients at once: a thread for each, or one loop over all sockets",
    "While you wait for one client's bytes you cannot accept another: who waits for whom?",
    "The simplest way is a thread for each connection. An event loop (select, poll, epoll) is the other.",
)  # fmt: skip
def clients_at_once(judge: Judge) -> None:
    """Several clients are served at the same time."""
    clients = [judge.client(name) for name in judge.words(4)]
    for client in [*reversed(clients), *clients]:
        client.expect("PING", PONG, "no client waits for another one to leave")


@stage(
    2, 40, "reading a command: an array of bulk strings",
    "*2 says that two bulk strings follow, $5 that one has five bytes. Count; never search for \\r\\n.",
    "Now the reply is a bulk string too: its length, \\r\\n, its bytes, \\r\\n.",
)  # fmt: skip
def echo(judge: Judge) -> None:
    """ECHO sends back its argument, as a bulk string."""
    client = judge.client()
    for letters in (1, judge.number(5, 9), judge.number(10, 60)):
        word = judge.word(letters)
        client.expect(["ECHO", word], word, "ECHO answers its argument and nothing else")


@stage(1, 5, "names of commands have no case", "Turn the first word into capitals before you compare it.")
def any_case(judge: Judge) -> None:
    """A command's name may be written in capitals, small letters, or both."""
    client, word = judge.client(), judge.word()
    name = "".join(judge.random.choice([letter.upper(), letter]) for letter in "echo")
    for spelled in ("ECHO", "echo", name):
        client.expect([spelled, word], word, "names of commands have no case")


@stage(1, 10, "a command with more than one form", "PING with an argument answers as ECHO does.")
def ping_with_a_word(judge: Judge) -> None:
    """PING with an argument sends that back."""
    client, word = judge.client(), judge.word()
    client.expect(["PING", word], word, "with an argument PING answers it, as a bulk string")
    client.expect("PING", PONG)


@stage(
    1, 10, "an error is a reply like any other",
    "An error begins with a minus: -ERR unknown command 'x', with args beginning with: \\r\\n.",
    "The connection stays open after it.",
)  # fmt: skip
def unknown_command(judge: Judge) -> None:
    """An unknown command is answered with an error, and the connection goes on."""
    client = judge.client()
    client.expect(judge.word(), error("ERR unknown command"), "an error is a reply, and begins with -ERR")
    client.expect("PING", PONG, "after an error the connection goes on")


@stage(
    1, 10, "checking the number of arguments",
    "The text is: ERR wrong number of arguments for 'echo' command, with the name in small letters.",
)  # fmt: skip
def wrong_number_of_arguments(judge: Judge) -> None:
    """A command with too few or too many arguments is refused."""
    client = judge.client()
    wrong = error("ERR wrong number of arguments for 'echo' command")
    client.expect("ECHO", wrong)
    client.expect(["ECHO", *judge.words(2)], wrong)
    client.expect("PING", PONG)


@stage(
    2, 30, "TCP carries bytes and knows nothing of commands: they come in pieces",
    "One receive may give half a command. Keep what is not whole, and go on when more has come.",
    "Try to parse what you have kept; if it is not whole, receive, append, and try again.",
)  # fmt: skip
def in_pieces(judge: Judge) -> None:
    """A command may come byte by byte."""
    client, word = judge.client(), judge.word()
    data = encode(["ECHO", word])
    middle = judge.number(5, len(data) - 5)
    client.send_bytes(data[:middle])
    client.expect_nothing("the command is not whole yet")
    client.send_bytes(data[middle:-1])
    client.expect_nothing("the command is not whole yet: its last byte is missing")
    client.send_bytes(data[-1:])
    client.expect_message(word, "now the command is whole")


@stage(
    2, 20, "a pipeline: many commands in one piece",
    "After a command, look whether another whole one stands in what you have kept, before you receive again.",
)  # fmt: skip
def pipeline(judge: Judge) -> None:
    """Commands that come in one piece are answered in their order."""
    client, words = judge.client(), judge.words(5)
    client.send_bytes(b"".join(encode(["ECHO", word]) for word in words))
    for word in words:
        client.expect_message(word, "each command of a pipeline has its reply, in the order of the commands")


@stage(
    2, 20, "the end of a pipeline may be half a command",
    "Answer what is whole at once, and keep the rest.",
)  # fmt: skip
def pipeline_and_a_half(judge: Judge) -> None:
    """Whole commands are answered before the last one has come entirely."""
    client, (first, second) = judge.client(), judge.words(2)
    data = encode(["ECHO", first]) + encode(["ECHO", second])
    client.send_bytes(data[:-4])
    client.expect_message(first, "this command is whole; only the one after it is not")
    client.send_bytes(data[-4:])
    client.expect_message(second)


@stage(
    1, 10, "a bulk string may be empty",
    "$0\\r\\n\\r\\n is the empty string. It is not nothing, which is $-1\\r\\n.",
)  # fmt: skip
def empty_string(judge: Judge) -> None:
    """A bulk string may have no bytes at all."""
    client = judge.client()
    client.expect(["ECHO", ""], "", "an empty string is a string")
    client.expect("PING", PONG, "the two bytes \\r\\n of an empty string belong to it")


@stage(
    2, 20, "strings are bytes: count them, never search for their end",
    "Keep bytes, not text: no decoding, and no C strings, which end at a zero byte.",
    "A value may hold \\r\\n itself, so read as many bytes as the length says.",
)  # fmt: skip
def every_byte(judge: Judge) -> None:
    """A bulk string may hold every byte: zero, \\r\\n, and what is no text."""
    client = judge.client()
    data = [bytes([number]) for number in range(256)]
    judge.random.shuffle(data)
    for value in (b"".join(data), b"a\r\nb", b"\0", judge.some_bytes(40)):
        client.expect(["ECHO", value], value, "a bulk string is bytes, whatever they are")


@stage(
    2, 20, "large values need many receives, and a send may not send all",
    "In many languages send answers how many bytes it has sent: send the rest again, or use send-all.",
)  # fmt: skip
def a_large_value(judge: Judge) -> None:
    """A bulk string may have hundreds of thousands of bytes."""
    client, value = judge.client(), judge.some_bytes(300_000 + judge.number())
    client.expect(["ECHO", value], value, "all of it comes back")


@stage(
    2, 15, "not everything that comes is the protocol",
    "Answer -ERR Protocol error: ... and close the connection: where the next command begins, nobody knows.",
)  # fmt: skip
def no_command_at_all(judge: Judge) -> None:
    """A length that is no number is answered with an error, and the connection ends."""
    client = judge.client()
    client.send_bytes(b"*1\r\n$" + judge.word().encode() + b"\r\n")
    client.expect_message(error("ERR Protocol error"), "this is no length")
    client.expect_end("the server cannot know where the next command begins")
    judge.client("other").expect("PING", PONG, "another client has done nothing wrong")


@stage(
    2, 20, "inline commands: for people who type",
    "A line that does not begin with * is split at its spaces, and is a command.",
)  # fmt: skip
def inline(judge: Judge) -> None:
    """A command may be a plain line, as somebody types it with telnet or nc."""
    client, word = judge.client(), judge.word()
    client.send_bytes(f"ECHO {word}\r\n".encode())
    client.expect_message(word, "a line without * is a command too")
    client.send_bytes(b"PING\r\n" + encode(["ECHO", word]))
    client.expect_message(PONG)
    client.expect_message(word, "both forms may follow each other")


@stage(1, 5, "a polite end", "Answer +OK, send it, and then close the connection.")
def quit_(judge: Judge) -> None:
    """QUIT is answered with OK, and then the server closes the connection."""
    client = judge.client()
    client.expect("QUIT", OK)
    client.expect_end("QUIT asks for it")
    judge.client("other").expect("PING", PONG)

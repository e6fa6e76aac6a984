"""What the judge's process and the student's process send each other: values as JSON.

None, bool, int, float, str, bytes, list, tuple, set, frozenset, dict and range are sent as a copy, and only
if they are of exactly this type: an int whose class has an == of its own is not one of them.  Every other
object stays where it is, and the other process gets a number for it.  Nothing is pickled, so no message can
run code.

    7                            7
    ["bytes", "GET"]             b"GET"
    ["list", [1, 2]]             [1, 2]
    ["mine", 3]                  an object of the sender
    ["yours", 3]                 an object of the receiver
"""

import json
import socket
import threading
from collections import namedtuple
from collections.abc import Callable
from typing import Any

Data = Any  # what json makes of a message
MOST_BYTES = 64 * 1024**2  # of one message
LARGEST_INT = 2**53  # beyond it a number is sent as a text, for many digits take Python long
SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
GENERATED = frozenset(vars(namedtuple("Plain", "")))  # what each NamedTuple has
MAKERS: dict[str, Callable[[Any], Any]] = {name: kind for kind, name in SEQUENCES.items()}


def is_record(kind: type) -> bool:
    """Whether it is a NamedTuple that has no method of its own: nothing but data."""
    own = [value for name, value in vars(kind).items() if name not in GENERATED]
    is_named = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return is_named and not any(callable(value) or isinstance(value, property) for value in own)


def needs_no_process(value: Any) -> bool:
    """Whether the judge may take it from its own copy of the server: it is nothing that could be tested."""
    if isinstance(value, type):
        return is_record(value) or issubclass(value, Exception)
    return is_plain(value)


def is_plain(value: Any) -> bool:
    """Whether it can be sent as a copy, with all that is in it."""
    kind = type(value)
    if kind is dict:
        return all(is_plain(each) for pair in value.items() for each in pair)
    if kind in SEQUENCES:
        return all(map(is_plain, value))
    return value is None or kind in (bool, int, float, str, bytes, range)


class Line:
    """One connection, over which whole messages go."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._file = connection, connection.makefile("rb")

    def send(self, message: Data) -> None:
        data = json.dumps(message).encode()
        self._socket.sendall(len(data).to_bytes(8, "big") + data)

    def receive(self) -> Data:
        """The next message; raises an EOFError at the end, and a ValueError if it is no message."""
        size = int.from_bytes(self._exactly(8), "big")
        if size > MOST_BYTES:
            raise ValueError(f"a message of {size} bytes")
        return json.loads(self._exactly(size))

    def _exactly(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError
        return data


class Values:
    """Encodes values for the other process, and remembers which objects have a number there."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}  # by the object's id
        self._lock = threading.Lock()

    def encode(self, value: Any) -> Data:
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return value
        if kind is int:
            return value if -LARGEST_INT < value < LARGEST_INT else ["int", hex(value)]
        if kind is bytes:
            return ["bytes", value.decode("latin-1")]
        if self.knows(value):
            return ["mine", self._numbers[id(value)]]
        if kind in SEQUENCES:
            return [SEQUENCES[kind], list(map(self.encode, value))]
        if kind is dict:
            return ["dict", [[self.encode(key), self.encode(each)] for key, each in value.items()]]
        if kind is range:
            return ["range", list(map(self.encode, (value.start, value.stop, value.step)))]
        return self.encode_other(value)

    def decode(self, data: Data) -> Any:
        """The value; raises a ValueError or a LookupError if the other process sent nonsense."""
        if not isinstance(data, list):
            return data
        tag, *payload = data
        if tag in MAKERS:
            return MAKERS[tag](map(self.decode, payload[0]))
        if tag == "bytes":
            return payload[0].encode("latin-1")
        if tag == "int":
            return int(payload[0], 16)
        if tag == "dict":
            return {self.decode(key): self.decode(each) for key, each in payload[0]}
        if tag == "range":
            return range(*map(self.decode, payload[0]))
        if tag == "yours":
            return self._objects[payload[0]]
        return self.decode_other(tag, payload)

    def number_of(self, value: Any) -> Data:
        """Keeps the object, so that the other process can name it."""
        with self._lock:
            number = self._numbers.setdefault(id(value), len(self._objects))
            if number == len(self._objects):
                self._objects.append(value)
        return ["mine", number]

    def knows(self, value: Any) -> bool:
        """Whether the other process has a number for this object."""
        return id(value) in self._numbers

    def encode_other(self, value: Any) -> Data:
        """A value that is not one of the plain ones."""
        return self.number_of(value)

    def decode_other(self, tag: str, payload: list[Data]) -> Any:
        """A value that is not one of the plain ones."""
        raise ValueError(f"{tag} is no kind of value")

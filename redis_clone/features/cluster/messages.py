r"""The messages of the cluster bus, to bytes and back.

    PING PONG MEET   I am here, I own these slots, and this is what I think of a few others (gossip)
    FAIL             this node has failed: a majority of the masters agree
    PUBLISH          a message for the subscribers of a channel; PUBLISHSHARD: of a shard channel
    AUTH_REQUEST     a replica wants to take over for its master, and asks for votes
    AUTH_ACK         a master's vote
    UPDATE           somebody else owns these slots with a higher config epoch
    MFSTART          a replica asks its master to stop writes, for it will take over

Each message begins with the same header of 2,256 bytes, whatever it is about, so that the news of the sender
reach everybody with everything it sends.  Integers are big-endian, texts are padded by NUL.
What is in a message goes into nodes.conf, so a text that would spoil the file makes the whole frame invalid.

    >>> frame = encode(Message(PING, "a" * 40, current_epoch=7, slots=1 << 5 | 1 << 8))
    >>> len(frame), frame[:4], decode(frame).current_epoch, frame[80:82]
    (2256, b'RCmb', 7, b' \x01')

Source: cluster.h of Redis 7.2, which nodes of 7.0 understand.
"""

import re
import struct
from typing import NamedTuple

PING, PONG, MEET, FAIL, PUBLISH, AUTH_REQUEST, AUTH_ACK, UPDATE, MFSTART, MODULE, PUBLISHSHARD = range(11)
NAMES = ("ping", "pong", "meet", "fail", "publish", "auth-req", "auth-ack", "update", "mfstart", "module",
         "publishshard")  # fmt: skip

PAUSED, FORCEACK, EXTENSIONS = 1, 2, 4  # bits of `message_flags`

SLOTS = 16384
PREFIX = struct.Struct(">4sI")  # what tells how long a frame is
HEADER = struct.Struct(">4sI HHHH QQQ 40s 2048s 40s 46s H 30x HHH B 3s")
GOSSIP = struct.Struct(">40s II 46s HHHH 2x")
EXTENSION = struct.Struct(">IHH")
PAYLOAD_LENGTHS = struct.Struct(">II")
OWNER = struct.Struct(">Q 40s 2048s")
SIGNATURE, VERSION = b"RCmb", 1
HOSTNAME, NODENAME, FORGOTTEN, SHARD_ID = range(4)  # the types of extensions
LONGEST_FRAME = 1 << 30
HIGHEST_EPOCH = (1 << 63) - 1
ID = re.compile(r"[0-9a-z]{40}")
NAME = re.compile(r"[\w.:-]*", re.ASCII)  # an address, a hostname, or the name that people gave a node


class BadFrame(Exception):
    """The bytes are no message of the bus; says why."""


class Gossip(NamedTuple):
    """What the sender of a message thinks of another node."""

    id: str
    ping_sent_s: int  # when it sent a ping that is not answered; 0: all are
    pong_received_s: int
    ip: str
    port: int
    bus_port: int
    flags: int  # as in node.py
    other_port: int = 0  # for clients without TLS where `port` is for TLS


class Owner(NamedTuple):
    """The body of UPDATE: who owns which slots."""

    config_epoch: int
    id: str
    slots: int


class Message(NamedTuple):
    """A message.  A set of slots is an integer in which bit s stands for slot s."""

    type: int
    sender: str  # its ID, 40 hex digits, like all IDs
    current_epoch: int = 0
    config_epoch: int = 0  # the sender's, or its master's
    offset: int = 0  # of the replication stream
    slots: int = 0  # of the sender or its master
    master: str = ""  # whom the sender replicates
    ip: str = ""  # only if it is announced, else the address of the connection counts
    port: int = 0
    bus_port: int = 0
    other_port: int = 0
    flags: int = 0  # as in node.py
    is_ok: bool = False  # whether the cluster is, as the sender sees it
    message_flags: int = 0
    # PING, PONG, MEET
    gossip: tuple[Gossip, ...] = ()
    hostname: str = ""
    nodename: str = ""
    shard_id: str = ""
    forgotten: tuple[tuple[str, int], ...] = ()  # IDs, and for how many seconds each
    # the others
    failing: str = ""
    channel: bytes = b""
    payload: bytes = b""
    owner: Owner | None = None


def slots_to_bytes(slots: int) -> bytes:
    return slots.to_bytes(SLOTS // 8, "little")


def slots_from_bytes(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("latin-1")


def _id(field: bytes) -> str:
    id_ = _text(field)
    if not ID.fullmatch(id_):
        raise BadFrame(f"{id_!r} is no node ID")
    return id_


def _name(field: bytes) -> str:
    name = _text(field)
    if not NAME.fullmatch(name):
        raise BadFrame(f"{name!r} is no address or name")
    return name


def _epoch(number: int) -> int:
    if number > HIGHEST_EPOCH:
        raise BadFrame(f"an epoch of {number} cannot be")
    return number


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


# To bytes.


def encode(message: Message) -> bytes:
    extensions = _encode_extensions(message)
    body = b"".join(_encode_gossip(each) for each in message.gossip) + b"".join(extensions)
    body += _encode_body(message)
    header = HEADER.pack(
        SIGNATURE, HEADER.size + len(body), VERSION, message.port, message.type, len(message.gossip),
        message.current_epoch, message.config_epoch, message.offset, _bytes(message.sender),
        slots_to_bytes(message.slots), _bytes(message.master), _bytes(message.ip), len(extensions),
        message.other_port, message.bus_port, message.flags, 0 if message.is_ok else 1,
        bytes([message.message_flags, 0, 0]),
    )  # fmt: skip
    return header + body


def _encode_gossip(entry: Gossip) -> bytes:
    return GOSSIP.pack(
        _bytes(entry.id), entry.ping_sent_s, entry.pong_received_s, _bytes(entry.ip), entry.port,
        entry.bus_port, entry.flags, entry.other_port,
    )  # fmt: skip


def _encode_extensions(message: Message) -> list[bytes]:
    parts = []
    for kind, text in ((HOSTNAME, message.hostname), (NODENAME, message.nodename)):
        if text:
            parts.append(_encode_extension(kind, _bytes(text) + b"\0"))
    for id_, seconds in message.forgotten:
        parts.append(_encode_extension(FORGOTTEN, _bytes(id_) + seconds.to_bytes(8, "big")))
    if message.shard_id:
        parts.append(_encode_extension(SHARD_ID, _bytes(message.shard_id)))
    return parts


def _encode_extension(kind: int, data: bytes) -> bytes:
    data += bytes(-len(data) % 8)
    return EXTENSION.pack(EXTENSION.size + len(data), kind, 0) + data


def _encode_body(message: Message) -> bytes:
    if message.type == FAIL:
        return _bytes(message.failing)
    if message.type in (PUBLISH, PUBLISHSHARD):
        lengths = PAYLOAD_LENGTHS.pack(len(message.channel), len(message.payload))
        return lengths + message.channel + message.payload
    if message.owner is not None:
        config_epoch, id_, slots = message.owner
        return OWNER.pack(config_epoch, _bytes(id_), slots_to_bytes(slots))
    return b""


# From bytes.


def frame_length(data: bytes | bytearray) -> int:
    """How many bytes the frame has that begins with these; 0: too few to tell.  BadFrame."""
    if len(data) < PREFIX.size:
        return 0
    signature, length = PREFIX.unpack_from(data)
    if signature != SIGNATURE or not HEADER.size <= length <= LONGEST_FRAME:
        raise BadFrame("Bad message length or signature received on the Cluster bus.")
    return int(length)


def decode(frame: bytes) -> Message:
    """The message of a whole frame.  BadFrame if it is not as long as it says, or not to be believed."""
    if len(frame) < HEADER.size:
        raise BadFrame("Bad message length or signature received on the Cluster bus.")
    (
        _, length, version, port, type_, count, current_epoch, config_epoch, offset, sender, slots, master,
        ip, extension_count, other_port, bus_port, flags, state, message_flags,
    ) = HEADER.unpack_from(frame)  # fmt: skip
    if version != VERSION:
        raise BadFrame(f"Can't handle messages of bus version {version}")
    message = Message(
        type_, _id(sender), _epoch(current_epoch), _epoch(config_epoch), offset, slots_from_bytes(slots),
        _id(master) if any(master) else "", _name(ip), port, bus_port, other_port, flags, state == 0,
        message_flags[0],
    )  # fmt: skip
    try:
        message, end = _decode_body(message, frame, count, extension_count)
    except (struct.error, IndexError):
        end = -1
    if end != length or len(frame) != length:
        kind = _type_name(type_)
        raise BadFrame(f"Received invalid {kind} packet of length {length} but expected length {end}")
    return message


def _type_name(type_: int) -> str:
    return NAMES[type_] if type_ < len(NAMES) else "unknown"


def _decode_body(message: Message, frame: bytes, count: int, extension_count: int) -> tuple[Message, int]:
    """The message with its body, and where in the frame the body ends."""
    begin = HEADER.size
    if message.type in (PING, PONG, MEET):
        return _decode_news(message, frame, count, extension_count)
    if message.type == FAIL:
        return message._replace(failing=_id(frame[begin : begin + 40])), begin + 40
    if message.type in (PUBLISH, PUBLISHSHARD):
        channel_length, payload_length = PAYLOAD_LENGTHS.unpack_from(frame, begin)
        begin += PAYLOAD_LENGTHS.size
        middle, end = begin + channel_length, begin + channel_length + payload_length
        return message._replace(channel=frame[begin:middle], payload=frame[middle:end]), end
    if message.type == UPDATE:
        config_epoch, id_, slots = OWNER.unpack_from(frame, begin)
        owner = Owner(_epoch(config_epoch), _id(id_), slots_from_bytes(slots))
        return message._replace(owner=owner), begin + OWNER.size
    if message.type in (AUTH_REQUEST, AUTH_ACK, MFSTART):
        return message, begin
    return message, len(frame)  # a kind that we do not know may be of any length


def _decode_news(message: Message, frame: bytes, count: int, extension_count: int) -> tuple[Message, int]:
    position, gossip = HEADER.size, []
    for _ in range(count):
        id_, ping_s, pong_s, ip, port, bus_port, flags, other_port = GOSSIP.unpack_from(frame, position)
        gossip.append(Gossip(_id(id_), ping_s, pong_s, _name(ip), port, bus_port, flags, other_port))
        position += GOSSIP.size
    message = message._replace(gossip=tuple(gossip))
    for _ in range(extension_count):
        length, kind, _ = EXTENSION.unpack_from(frame, position)
        data = frame[position + EXTENSION.size : position + length]
        if length < EXTENSION.size or length % 8 or position + length > len(frame):
            return message, -1
        message = _with_extension(message, kind, data)
        position += length
    return message, position


def _with_extension(message: Message, kind: int, data: bytes) -> Message:
    if kind == HOSTNAME:
        return message._replace(hostname=_name(data))
    if kind == NODENAME:
        return message._replace(nodename=_name(data))
    if kind == FORGOTTEN:
        entry = (_id(data[:40]), int.from_bytes(data[40:48], "big"))
        return message._replace(forgotten=(*message.forgotten, entry))
    if kind == SHARD_ID:
        return message._replace(shard_id=_id(data[:40]))
    return message  # of a later version

"""The codec of the bus: the frames in frames/ were recorded between nodes of Redis 7.0.15."""

import random
import struct
from pathlib import Path

import pytest
from simulation import formed

from redis_clone.features.cluster import machine, messages
from redis_clone.features.cluster.actions import Send
from redis_clone.features.cluster.messages import (
    HEADER,
    BadFrame,
    Gossip,
    Message,
    Owner,
    decode,
    encode,
    frame_length,
)  # fmt: skip
from redis_clone.features.cluster.nodes_file import load_text, to_text
from redis_clone.features.cluster.slots import SLOTS, slot_set
from redis_clone.features.cluster.state import Cluster, Settings

FRAMES = {path.stem: path.read_bytes() for path in sorted(Path(__file__).with_name("frames").glob("*.bin"))}
MASTER, OTHER = "cc2abca68a307b52053eb5b0c962bc507ada032e", "c8d3105380b7f13cb242431d7e841c57348037d1"
A, B = "a" * 40, "b" * 40


def test_every_recorded_frame_decodes_and_encodes_to_the_same_bytes():
    assert len(FRAMES) == 13
    for name, frame in FRAMES.items():
        assert encode(decode(frame)) == frame, name
        assert frame_length(frame[:8]) == len(frame), name


def test_what_real_nodes_said_is_read():
    request = decode(FRAMES["auth_req"])
    assert (request.type, request.sender, request.master) == (messages.AUTH_REQUEST, OTHER, MASTER)
    assert (request.current_epoch, request.config_epoch, request.slots.bit_count()) == (4, 1, 5000)
    ping = decode(FRAMES["ping_2g_1x"])
    assert (ping.hostname, ping.port, ping.bus_port, ping.is_ok) == ("host.example.org", 27121, 28121, True)
    assert ping.gossip[0].id == OTHER and len(ping.gossip) == 2
    publish = decode(FRAMES["publish"])
    assert (publish.channel, publish.payload) == (b"chan", b"hello")
    assert decode(FRAMES["fail"]).failing == MASTER
    owner = decode(FRAMES["update"]).owner
    assert owner is not None and owner.slots


def test_messages_of_all_kinds_survive_the_way_through_bytes():
    gossip = (Gossip(B, 1, 2, "10.0.0.2", 7002, 17002, 1, 3), Gossip(A, 0, 0, "::1", 1, 2, 2))
    everything = [
        Message(messages.PING, A, 9, 8, 7, slot_set([0, 77, SLOTS - 1]), B, "10.0.0.1", 1, 2, 3, 17, True, 4,
                gossip, "a.example.org", "nick", B, ((B, 60), (A, 1))),
        Message(messages.MEET, A, hostname="x" * 255, message_flags=4),
        Message(messages.FAIL, A, failing=B),
        Message(messages.PUBLISH, A, channel=b"c\0\r\n", payload=b""),
        Message(messages.PUBLISHSHARD, A, channel=b"", payload=b"\xff" * 70_000),
        Message(messages.UPDATE, A, owner=Owner(5, B, slot_set(range(100)))),
        Message(messages.AUTH_ACK, A, current_epoch=messages.HIGHEST_EPOCH),
        Message(messages.MFSTART, A, message_flags=messages.PAUSED | messages.FORCEACK),
    ]  # fmt: skip
    for message in everything:
        frame = encode(message)
        assert decode(frame) == message and frame_length(frame) == len(frame)


def test_an_extension_of_a_later_version_is_skipped_and_so_is_the_body_of_an_unknown_type():
    frame = bytearray(encode(Message(messages.PING, A, hostname="h")))
    struct.pack_into(">H", frame, HEADER.size + 4, 99)
    assert decode(bytes(frame)).hostname == ""
    frame = bytearray(encode(Message(messages.MFSTART, A)))
    struct.pack_into(">H", frame, 12, 77)
    assert decode(bytes(frame)).type == 77


def _changed(frame, offset, data):
    return frame[:offset] + data + frame[offset + len(data) :]


PING = encode(Message(messages.PING, A, gossip=(Gossip(B, 0, 0, "10.0.0.2", 1, 2, 1),), hostname="host"))
EXTENSION = HEADER.size + messages.GOSSIP.size
BAD = {
    "nothing": b"",
    "half a header": PING[:1000],
    "another version": _changed(PING, 8, b"\0\2"),
    "a length that is not the frame's": _changed(PING, 4, struct.pack(">I", len(PING) + 8)),
    "cut off": PING[:-1],
    "more gossip than there is": _changed(PING, 14, b"\xff\xff"),
    "less gossip than there is": _changed(PING, 14, b"\0\0"),
    "more extensions than there are": _changed(PING, 2214, b"\0\5"),
    "an extension of no length": _changed(PING, EXTENSION, struct.pack(">I", 0)),
    "an extension of an odd length": _changed(PING, EXTENSION, struct.pack(">I", 9)),
    "an extension longer than the frame": _changed(PING, EXTENSION, struct.pack(">I", 1 << 31)),
    "a sender whose ID is not hex": _changed(PING, 40, b"\xff"),
    "no sender": _changed(PING, 40, bytes(40)),
    "a master's ID with a line break": _changed(PING, 2128, b"\n"),
    "gossip about an ID with a space": _changed(PING, HEADER.size, b" "),
    "an address with a space": _changed(PING, 2168, b"10.0.0.1 x"),
    "a hostname with a line break": _changed(PING, EXTENSION + 8, b"\n"),
    "a current epoch of no cluster": _changed(PING, 16, b"\xff" * 8),
    "a config epoch of no cluster": _changed(PING, 24, b"\xff" * 8),
    "a failing node whose ID is cut off": encode(Message(messages.FAIL, A, failing=B))[:-1],
    "an update that is cut off": FRAMES["update"][:-1],
    "a payload of four gigabytes": _changed(FRAMES["publish"], HEADER.size, b"\xff" * 8),
    "a payload without its lengths": FRAMES["publish"][: HEADER.size],
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_frame_is_refused(name):
    with pytest.raises(BadFrame):
        decode(BAD[name])


def test_what_begins_no_frame_is_refused_and_a_beginning_waits_for_more():
    assert frame_length(b"RCmb\0\0") == 0
    for prefix in (b"GET / HT", b"RCmb\0\0\0\x09", b"RCmb\xff\xff\xff\xff"):
        with pytest.raises(BadFrame):
            frame_length(prefix)


def test_garbage_never_raises_anything_else_and_never_spoils_the_view():
    """Frames of a node that is known, with a few bytes changed at random."""
    draw, world = random.Random(4), formed(seed=4)
    node, sender = world.nodes[:2]
    actions = machine.tick(sender.cluster, sender.now_ms + 5000)
    frames = [encode(action.message) for action in actions if isinstance(action, Send)]
    frames += [_changed(frame, 40, sender.id.encode()) for frame in FRAMES.values()]  # as if it had said that
    believed = 0
    for round_ in range(1000):
        frame = bytearray(draw.choice(frames))
        for _ in range(draw.randrange(1, 4)):
            places = draw.randrange(len(frame)), draw.randrange(80), draw.randrange(2128, 2256)
            frame[draw.choice(places)] = draw.choice([0, 1, 255, draw.randrange(256)])
        try:
            message = decode(bytes(frame))
        except BadFrame:
            continue
        believed += 1
        link = machine.accepted("10.0.0.1", "10.0.0.0", node.now_ms)
        machine.receive(node.cluster, link, message, node.now_ms)
        node.cluster.check()
        if round_ % 50 == 0:
            node.cluster.check_owners()
            _loads_again(node)
    assert believed > 150


def _loads_again(node):
    """What was believed can be saved, and read."""
    text = to_text(node.cluster)
    again = Cluster(A, Settings(), node.instance, random.Random(1), node.now_ms)
    load_text(again, text, node.now_ms)
    assert {each.id: each.slots for each in again.nodes.values()} == {
        each.id: each.slots for each in node.cluster.nodes.values() if not each.in_handshake
    }

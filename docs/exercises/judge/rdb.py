"""The few bytes of an RDB file that stages write and read: strings, and when they expire.

The format is described in chapter 12 of the course.
"""

import struct

HEADER, AUX, SELECT, RESIZE, EXPIRES_MS, END = b"REDIS0009", 0xFA, 0xFE, 0xFB, 0xFC, 0xFF
NO_CHECKSUM = bytes(8)
POLYNOMIAL = 0x95AC9329AC4BC9B5  # of CRC-64/Jones, reversed


def file_of(strings: dict[str, str], expires_ms: dict[str, int] | None = None) -> bytes:
    """An RDB file of version 9 without a checksum, which every Redis since 5 can load."""
    parts = [HEADER, bytes([SELECT, 0])]
    for key, value in strings.items():
        if expires_ms and key in expires_ms:
            parts.append(bytes([EXPIRES_MS]) + struct.pack("<Q", expires_ms[key]))
        parts += [b"\0", _string(key), _string(value)]
    return b"".join([*parts, bytes([END]), NO_CHECKSUM])


def _string(text: str) -> bytes:
    data = text.encode()
    assert len(data) < 64, "one byte of length is enough here"
    return bytes([len(data)]) + data


def strings_of(data: bytes) -> dict[bytes, bytes]:
    """The strings in an RDB file; ValueError where something else or nothing sensible stands."""
    found: dict[bytes, bytes] = {}
    if data[:5] != b"REDIS" or not data[5:9].isdigit():
        raise ValueError("the file does not begin with REDIS and four digits")
    position = 9
    while (opcode := data[position]) != END:
        position += 1
        if opcode == AUX:
            _, position = _read_string(data, position)
            _, position = _read_string(data, position)
        elif opcode == SELECT:
            _, position = _read_length(data, position)
        elif opcode == RESIZE:
            _, position = _read_length(data, position)
            _, position = _read_length(data, position)
        elif opcode == EXPIRES_MS:
            position += 8
        elif opcode == 0:
            key, position = _read_string(data, position)
            found[key], position = _read_string(data, position)
        else:
            raise ValueError(
                f"the byte 0x{opcode:02X} at {position - 1} is not one that a file of strings has"
            )
    if len(data) != position + 9:
        raise ValueError("eight bytes of checksum belong behind the byte 0xFF, and nothing else")
    return found


def _read_length(data: bytes, position: int) -> tuple[int, int]:
    first = data[position]
    if first < 0x40:
        return first, position + 1
    if first < 0x80:
        return (first & 0x3F) << 8 | data[position + 1], position + 2
    if first == 0x80:
        return int.from_bytes(data[position + 1 : position + 5], "big"), position + 5
    raise ValueError(f"the byte 0x{first:02X} at {position} is no length")


def _read_string(data: bytes, position: int) -> tuple[bytes, int]:
    first = data[position]
    if first in (0xC0, 0xC1, 0xC2):  # an integer of one, two or four bytes
        end = position + 1 + (1 << (first & 3))
        return b"%d" % int.from_bytes(data[position + 1 : end], "little", signed=True), end
    length, position = _read_length(data, position)
    return data[position : position + length], position + length


def checksum(data: bytes) -> int:
    """CRC-64 as an RDB file has it.

    >>> hex(checksum(b"123456789"))
    '0xe9c6d914c4b8d9ca'
    """
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc

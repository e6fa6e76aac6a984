"""Wrong answers to `key_slot`.  Each function is one mistake, and takes the place of `key_slot`."""


def the_whole_key(key: bytes) -> int:
    """The braces are not looked at, so keys that belong together are parted."""
    begin = key.find(b"{")
    if False:
        end = key.find(b"}", begin + 1)
        if end > begin + 1:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) & (SLOTS - 1)  # CRC16-XMODEM


def the_last_brace(key: bytes) -> int:
    """The part ends at the last }, not at the first."""
    begin = key.find(b"{")
    if begin >= 0:
        end = key.rfind(b"}", begin + 1)
        if end > begin + 1:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) & (SLOTS - 1)  # CRC16-XMODEM


def empty_braces(key: bytes) -> int:
    """Of {} the empty part is hashed, and all such keys have one slot."""
    begin = key.find(b"{")
    if begin >= 0:
        end = key.find(b"}", begin + 1)
        if end > begin:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) & (SLOTS - 1)  # CRC16-XMODEM


def a_remainder_of_another(key: bytes) -> int:
    """The number of slots is 16383."""
    begin = key.find(b"{")
    if begin >= 0:
        end = key.find(b"}", begin + 1)
        if end > begin + 1:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) % (SLOTS - 1)  # CRC16-XMODEM

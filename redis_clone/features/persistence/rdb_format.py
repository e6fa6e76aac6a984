"""What the reader and the writer of RDB files share: the frame around the keys.

    file        "REDIS", version as four digits, parts, EOF, CRC64 of all before it (8 bytes, little-endian)
    part        AUX, name, value                            about the file: its writer, its time
                FUNCTION2, the code of a library
                MODULE_AUX, ...                             of a module, which this server cannot load
                SELECTDB, number                            the keys that follow are in that database
                RESIZEDB, keys, keys that expire            so that a reader can make room
                key                                         all the rest
    key         [EXPIRETIME seconds (4 bytes) or EXPIRETIME_MS milliseconds (8 bytes), little-endian]
                [IDLE length or FREQ byte]                  its last access, or how often it is accessed
                type byte, name, value                      see rdb_values.py

A checksum of 0 says that none was made.  Imports nothing.
"""

MAGIC = b"REDIS"
MAGIC_OF_VALKEY = b"VALKEY"  # from its version 9 on
OLDEST_VERSION = 1
NEWEST_VERSION = 11  # Redis 7.2
VERSION_WRITTEN = 10  # Redis 7.0: the lowest that has the forms in which we write lists, hashes and streams

FUNCTION2, FUNCTION_PRE_GA, MODULE_AUX, IDLE, FREQ = 0xF5, 0xF6, 0xF7, 0xF8, 0xF9
AUX, RESIZEDB, EXPIRETIME_MS, EXPIRETIME, SELECTDB, EOF = 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
CHECKSUM_FROM = 5  # the version that brought it
CHECKSUM_BYTES = 8

"""RESP: bytes to commands, values to replies, and the buffers of what other threads have for a connection."""

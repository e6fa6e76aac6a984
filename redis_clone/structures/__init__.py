"""Pure data structures and codecs, which know nothing of Redis's commands."""

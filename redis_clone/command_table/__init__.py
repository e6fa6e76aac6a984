"""The command table: each command's name, arity, flags, keys, manual page, and arguments that are secret."""

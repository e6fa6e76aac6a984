"""What is known of each command: its name, arity, flags, keys and manual page, and its secrets."""

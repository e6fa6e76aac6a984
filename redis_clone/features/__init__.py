"""The features, one file or folder each: its state and its rules, without sockets, commands or the lock."""

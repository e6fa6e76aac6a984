"""The features, a file or a folder each, with their state and their rules: no sockets, commands or lock."""

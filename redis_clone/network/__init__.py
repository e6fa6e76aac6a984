"""The server on the network: listening sockets, a thread for each connection, TLS, the program itself."""

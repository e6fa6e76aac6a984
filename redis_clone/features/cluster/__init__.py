"""A node of a cluster: several masters share the keys by hash slots, and their replicas take over for them.

    messages     what the nodes tell each other, as bytes of the cluster bus
    node, slots  what a node knows of another one, and which slots belong to whom
    state        the whole view that one node has
    actions      what follows from a change of it, for the caller to carry out
    machine      the events: a message, a connection, the time, a command
    sending  gossip  failures  claims  election  manual_failover  replica_migration  health
    nodes_file, description    the view as the file nodes.conf and as replies

Nothing here has a socket, a thread or a clock.  Each event gets the time in milliseconds, and the caller
carries out the actions: to send, to connect, to save, to follow a master.  So many nodes can live in one
test.
"""

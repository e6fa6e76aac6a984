"""Access control: who may connect, and who may run which command on which keys and channels.

    passwords       hashed, never kept as they are, compared in constant time
    command_rules   which commands: +get -@dangerous +config|get
    selectors       commands, keys and channels together: one set of permissions
    users           a name, its passwords, its selectors; and all users of the server
    files           users as lines of text, read and written
    denials         what was refused: the ACL LOG

Read selectors.py first: `Selector.check` is the question that is asked before a command runs.
"""

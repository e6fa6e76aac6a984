"""Access control lists: which user may run which command on which keys and channels.

    passwords       stored as hashes only, compared in constant time
    command_rules   the commands that rules such as +get -@dangerous +config|get allow
    selectors       commands, keys and channels together: one set of permissions
    users           a user with its passwords and selectors; and all users of the server
    files           users as lines of text, read and written
    acl_log         the denials that ACL LOG shows

Read selectors.py first: `Selector.check` is asked before each command of a user with restrictions.
"""

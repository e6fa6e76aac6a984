"""The client: `python client.py` talks to any Redis server, from its arguments, a pipe or a prompt.

    main, command_line, options      choose between the three; the options of the command line
    dialing, tls, connection         a connection: opened, encrypted, commands sent and replies read
    session, listening               the conversation; the messages of a subscriber
    prompt, line_editor, lines       the prompt: a line is read and run, with its history
    guide, manual_pages, help_pages  the manual of the server; syntax and completion use it at TAB
    display, formatting, tables      replies, as text, CSV or a table; peek shows any key
    wire, resp_pieces                --wire: the bytes of both directions, explained
    modes/                           --scan, --pipe, --eval

Of the server it imports only pure parts: the protocol, the format of numbers, and which arguments are secret.
"""

"""Judges a server that a student writes, in any language, over the wire.

It needs nothing but Python's own library.

values     the kinds of reply as Python values, and their bytes
resp       reads replies strictly, and says in words what is wrong with the bytes
failure    formats what a student reads when a stage fails
wire       one connection: sends, reads, expects, and records the conversation
subject    the student's server: started, stopped and killed by its command
peers      plays the other servers that a stage needs: a master, a replica
rdb        the few bytes of an RDB file that stages write and read
stage      what a stage is, and the list of all stages
judge      what a stage is handed: clients, random values, the server
running    runs stages, one after the other
program    python docs/exercises/check.py stage ...

The stages themselves are in ../stages.  Nothing here imports the server of this repository.
"""

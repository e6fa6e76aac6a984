"""Exercises of the course: README.md tells how to do them, and how to add one."""

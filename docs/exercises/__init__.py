"""The exercises of the course.  README.md says how to do them, and how to add one."""

"""The data: numbered databases, the verbs that change a key, and the value of each type."""

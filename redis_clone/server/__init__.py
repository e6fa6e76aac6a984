"""The life of one server: its state, the one way of a command, the lock, the clients, the cron."""

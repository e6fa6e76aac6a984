"""One server's life: what it consists of, the one way of a command, the lock, its clients, its cron."""

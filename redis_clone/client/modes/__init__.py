"""The modes that are no conversation: --scan, --pipe and --eval."""

"""The machine: the check-up, backups."""

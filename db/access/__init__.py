"""Who may come in, as what: staff, their sessions, keys of programs."""

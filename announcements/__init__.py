"""Words and rules of Loa Thôn: pure, no I/O, `now` is always an argument."""

"""The page of posting by hand, for a leader's telephone: it opens without a line, and taps are kept and sent once."""

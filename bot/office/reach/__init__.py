"""How far notices got: reports, months, the door-knock list, and what leaders record."""

"""What people answered, pressed, ticked and wrote, and what staff made of it: stored and counted in one transaction."""

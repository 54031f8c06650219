"""The tree of areas, the households in it, the chats that serve it, and bringing all three in line with a roster."""

"""The accounts and their platforms: health, tokens, what was used up, what came in."""

"""How people answer for a household: its cards, their identities, and what they did before they were linked."""

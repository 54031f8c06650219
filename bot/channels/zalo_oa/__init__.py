"""A Zalo Official Account as a channel: its groups (GMF), its one-to-one messages, its rotating tokens, its events."""

"""Accounts and chats: health, plans, groups, posting by hand, and moving what an account that is down can't send."""

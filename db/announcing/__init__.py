"""Announcements from the draft to the snapshot of their recipients, and who may see them."""

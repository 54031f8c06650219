"""`loa demo`: a made-up commune, its households, and the whole service at work on them for a minute.

`sample` makes the roster, `town` brings it into a database, `plan` decides who will answer how and when, `people` do
so, `view` shows it, `proof` checks the figures, `show` is the whole. Called by `bot/cli/demo.py`.
"""

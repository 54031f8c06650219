"""The pages staff watch notices on: the dashboard of their area, the list, one notice with its figures as they move.

`front.py` gives the dashboard to whoever is signed in. `watching` keeps open pages up to date, one look for all.
"""

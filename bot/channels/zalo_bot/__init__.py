"""Zalo Bot Platform: one bot token as a `Channel`, and its updates.

`client` is the API, `errors` turns every failure into what to do next, `sender` posts, `receiver` polls, `updates`
decodes, `ear` puts the incoming side together.
"""

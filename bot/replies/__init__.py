"""People who answer in words, on any channel whose account hears.

`desk` takes stored updates, `answering` finds out what each says and what comes of it, `enrolling` links people,
`saying` answers at the account's pace.
"""

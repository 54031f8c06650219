"""How chats of an Official Account are addressed: a group by its id, a person's own conversation by theirs, marked.

Ids of groups and of people look alike, and the platform takes them in different calls.
"""

_PERSON = "user:"


def private(person: str) -> str:
    """The address of the conversation with one person."""
    return _PERSON + person


def person_in(address: str) -> str | None:
    """Whose own conversation this is; None for a group."""
    return address.removeprefix(_PERSON) if address.startswith(_PERSON) else None

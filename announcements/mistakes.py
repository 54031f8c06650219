"""The one error meant for a person: a Vietnamese sentence that says what is wrong, where, and what to do."""


class Mistake(Exception):
    """Raised by whoever checks input; shown as it is by the command line, the pages and the bots."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Mistake):
    """Nothing has that code or name."""


class NotAllowed(Mistake):
    """The person's role or area does not reach that far."""

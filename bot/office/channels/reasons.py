"""Why a message, a chat or an account is in trouble, in a person's words: for pages, terminal and messages to staff."""

from announcements.channels import Moved, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.phrases import label, phrase
from db.dispatch.deliveries import DeliveryRow

# How what is kept of a channel's answer begins (`ChannelError.in_short`).
ANSWERS = {
    TryLater.__name__: "unsent.try_later",
    SlowDown.__name__: "unsent.try_later",
    Refused.__name__: "unsent.refused",
    Moved.__name__: "unsent.refused",
    Unsure.__name__: "unsent.unsure",
}


def reason_words(reason: str) -> str:
    """What a chat's or an account's `reason` means: a `RefusedReason`, or else the account did not answer."""
    known = reason in set(RefusedReason)
    return label(RefusedReason(reason)) if known else phrase("unsent.no_answer")


def reason_within(reason: str) -> str:
    """The same as it goes on in a sentence."""
    words = reason_words(reason)
    return words[:1].lower() + words[1:]


def delivery_words(row: DeliveryRow) -> str:
    """Why a delivery did not arrive. The platform's own words follow in brackets: they are what one searches for."""
    answer, _, detail = row.error.partition(":")
    if answer not in ANSWERS:
        return row.error
    meaning = phrase(ANSWERS[answer])
    if answer == Refused.__name__ and row.chat_trouble in set(RefusedReason):
        meaning = label(RefusedReason(row.chat_trouble))
    return f"{meaning} ({detail.strip()})" if detail.strip() else meaning

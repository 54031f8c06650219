"""Posting a message piece by piece, as every adapter does that can't post it whole."""

from collections.abc import Awaitable, Callable

from announcements.channels import ChannelError, File, Message, Refused, RefusedReason

Post = Callable[[File | str, bool], Awaitable[str]]


async def post_pieces(message: Message, post: Post) -> tuple[str, ...]:
    """Have `post` post what of `message` isn't `done` yet, files first; the ids of all pieces in order.

    `post` is told whether a piece is the last, and gives the posted message's id. The `done` of an error holds all ids
    posted so far, earlier ones too.
    """
    pieces: list[File | str] = [*message.files, *message.parts]
    if not pieces:
        raise Refused(RefusedReason.BAD_CONTENT, "nothing to post")
    posted = list(message.done)
    try:
        for place in range(len(posted), len(pieces)):
            posted.append(await post(pieces[place], place == len(pieces) - 1))
    except ChannelError as error:
        error.done = tuple(posted)
        raise
    return tuple(posted)

"""Posting a message piece by piece, as every adapter does that can't post it whole."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from announcements.channels import ChannelError, File, Message, Refused, RefusedReason

Post = Callable[[File | str, bool], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class PostedFile:
    """`remote_id` is the platform's name for the file, None where it told none. `fresh`: it was uploaded for this."""

    message_id: str
    remote_id: str | None
    fresh: bool = False


@dataclass(slots=True)
class Uploads:
    """What became of a message's files: see `Posted`."""

    names: dict[int, str] = field(default_factory=dict)
    count: int = 0

    def note(self, file: File, posted: PostedFile) -> str:
        """Keep what is news; the message's id."""
        if posted.remote_id is not None and posted.remote_id != file.remote_id:
            self.names[file.id] = posted.remote_id
        self.count += posted.fresh
        return posted.message_id


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

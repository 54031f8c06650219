"""Pictures made small enough for the platform, which takes one megabyte; telephones take five times that."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from announcements.channels import Refused, RefusedReason

LARGEST = 1_000_000  # bytes
SIDES = (2560, 1920, 1600, 1280, 1024, 800)  # pixels of the longer side, the sharpest first
QUALITY = 80
_WHOLE = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def fitted(content: bytes) -> tuple[bytes, str]:
    """A picture of at most `LARGEST` bytes and its MIME type: the same one where it fits, else a JPEG made from it.

    Raises `Refused` when it is no picture or can't be made small enough.
    """
    kind = next((kind for start, kind in _WHOLE.items() if content.startswith(start)), None)
    if kind is not None and len(content) <= LARGEST:
        return content, kind
    try:
        with Image.open(io.BytesIO(content)) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(RefusedReason.BAD_CONTENT, f"the picture can't be read: {type(error).__name__}") from None
    for side in SIDES:
        upright.thumbnail((side, side))
        smaller = io.BytesIO()
        upright.save(smaller, "JPEG", quality=QUALITY, optimize=True)
        if smaller.tell() <= LARGEST:
            return smaller.getvalue(), "image/jpeg"
    raise Refused(RefusedReason.BAD_CONTENT, "the picture can't be made small enough")

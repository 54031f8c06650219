"""The pictures of the README: chosen from what the browser tests kept, small enough for a repository.

`make pictures` runs the tests first, so that a picture always shows a page as it is.
"""

from pathlib import Path

from PIL import Image

from tests.browser.conftest import ARTEFACTS

HERE = Path(__file__).parents[2] / "docs" / "pictures"
# The name a test kept it under, and the name it has in the documentation.
CHOSEN = {
    "04-remembered": "board",
    "office-dashboard": "dashboard",
    "office-notice": "notice",
    "compose-preview": "preview",
    "doors-list": "doors",
    "places-import-preview": "import",
}
TALLEST = 1400  # pixels; what is below is left out
COLOURS = 64


def main() -> None:
    """Write `docs/pictures/`. FileNotFoundError when the tests that keep a picture have not been run."""
    HERE.mkdir(exist_ok=True)
    for kept, name in CHOSEN.items():
        with Image.open(ARTEFACTS / f"{kept}.png") as picture:
            shown = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
        shown.quantize(COLOURS).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

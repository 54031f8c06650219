"""The command line: `loa`. One module per group of commands; `output.py` knows how they print and fail."""

import os
import signal
import sys

INTERRUPTED = 130  # what a shell calls a command that Ctrl-C ended


def main() -> None:
    """The console script. Ctrl-C ends it with a sentence at any moment, while its libraries load too."""
    # Until a command begins nothing is open; an exception could come out anywhere in a library.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from announcements.phrases import phrase

    sentence = f"{phrase('command.interrupted')}\n"

    def leave(*_: object) -> None:
        os.write(2, sentence.encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, leave)
    from bot.cli.main import main as command  # loads for a second or two

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        command()
    except KeyboardInterrupt:
        sys.stderr.write(sentence)
        sys.exit(INTERRUPTED)

"""`python -m benchmarks [NAME …] [--quick]`: measure the hot paths beside their peers, in one run, as ratios."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import acknowledgements, dispatch, fan_out, limiters, pages, replies, reports, rosters
from benchmarks.measuring import machine

ALL = {
    "dispatch": dispatch.run,
    "acknowledgements": acknowledgements.run,
    "replies": replies.run,
    "fan_out": fan_out.run,
    "reports": reports.run,
    "rosters": rosters.run,
    "limiters": limiters.run,
    "pages": pages.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean little")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args()
    print(machine())
    results = {name: ALL[name](quick=given.quick) for name in given.names or ALL}
    if given.json:
        given.json.write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

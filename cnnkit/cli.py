"""The command line: `cnnkit summary NAME`, `cnnkit table`."""

from __future__ import annotations

import argparse
import sys

WRONG_USE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0, or 2 where it was used wrongly."""
    parser = argparse.ArgumentParser(prog="cnnkit", description="Look at convolutional networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    text = "a network's layers: shapes, parameters, multiply-adds, memory, receptive fields"
    summary = commands.add_parser("summary", help=text, description=text)
    summary.add_argument("network", help="its name in cnnkit.models: vgg16, resnet50, …")
    summary.add_argument("--input", help="the image's shape, as 3,224,224 (default: the paper's)")
    summary.set_defaults(command=_summary)
    text = "all networks: year, depth, parameters, multiply-adds, memory, error"
    table = commands.add_parser("table", help=text, description=text)
    table.add_argument("--picture", metavar="FILE.png", help="draw it, too")
    table.set_defaults(command=_table)
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except ValueError as error:
        print(f"cnnkit: {error}", file=sys.stderr)
        return WRONG_USE
    return 0


def _summary(options: argparse.Namespace) -> None:
    from cnnkit import models
    from cnnkit.models.facts import FACTS

    if options.network not in models.names():
        raise ValueError(f"there is no {options.network}; there are {', '.join(models.names())}")
    # The form that is built without options, where there are several.
    facts = [fact for fact in FACTS if fact.name == options.network]
    shape = min(facts, key=lambda fact: len(fact.options)).input_shape
    if options.input:
        try:
            shape = tuple(int(size) for size in options.input.split(","))
        except ValueError:
            raise ValueError(
                f"--input: expected sizes as in 3,224,224, got {options.input}"
            ) from None
    print(getattr(models, options.network)().summary(shape))


def _table(options: argparse.Namespace) -> None:
    from cnnkit import models

    table = models.table()
    print(table)
    if options.picture:
        with open(options.picture, "wb") as file:
            file.write(table.picture().png())


if __name__ == "__main__":
    sys.exit(main())

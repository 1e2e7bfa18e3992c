"""The command line: `cnnkit summary NAME`, `table`, `classify PICTURE…`, `train NAME`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cnnkit.text import aligned, bar

WRONG_USE, STOPPED = 2, 130
TOP, BAR = 5, 30  # guesses shown, and the length of a bar for 100 %


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0, or 2 where it was used wrongly or given what it can't take."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except (ValueError, OSError, ArithmeticError) as error:
        return _refuse(error)
    except KeyboardInterrupt:
        print("cnnkit: stopped", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cnnkit", description="Look at convolutional networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    text = "a network's layers: shapes, parameters, multiply-adds, memory, receptive fields"
    summary = commands.add_parser("summary", help=text, description=text)
    summary.add_argument("network", help="its name in cnnkit.models: vgg16, resnet50, …")
    summary.add_argument("--input", help="the image's shape, as 3,224,224 (default: the paper's)")
    summary.set_defaults(command=_summary)
    text = "all networks: year, depth, parameters, multiply-adds, memory, error; with a name: its "
    text += "layers as the source prints them, beside what they are"
    table = commands.add_parser("table", help=text, description=text)
    table.add_argument("name", nargs="?", help="lenet5, alexnet, vgg16, facenet_nn1, …")
    table.add_argument("--picture", metavar="FILE.png", help="draw all networks, too")
    table.set_defaults(command=_table)
    text = "what a network trained on ImageNet sees in pictures: its five best guesses"
    classify = commands.add_parser("classify", help=text, description=text)
    classify.add_argument("pictures", nargs="+", metavar="PICTURE", help="a file: JPEG, PNG, …")
    classify.add_argument("--model", default="mobilenet_v2", help="(default: mobilenet_v2)")
    classify.add_argument("--backend", default="numpy", help="numpy (the default) or torch")
    classify.set_defaults(command=_classify)
    _add_train(commands)
    return parser


def _add_train(commands: Any) -> None:
    text = "train a network, and write its weights, curves and figures; called again, it goes on"
    train = commands.add_parser("train", help=text, description=text)
    train.add_argument("network", help="its name in cnnkit.models: lenet5, fashion_convnet, …")
    train.add_argument(
        "--data",
        default="mnist5k",
        help="digits, mnist5k (the default), mnist, fashion_mnist, cifar10; or a folder or zip "
        "file with train/CLASS/PICTURE and test/CLASS/PICTURE",
    )
    train.add_argument("--backend", default="numpy", help="numpy (the default) or torch")
    train.add_argument("--device", help="for torch: cpu, cuda, … (default: a GPU if there is one)")
    train.add_argument("--precision", default="float32", help="for torch: float32 or bfloat16")
    train.add_argument("--epochs", type=int, default=10)
    train.add_argument("--batch-size", type=int, default=128)
    train.add_argument("--optimizer", default="adam", help="sgd, rmsprop, adam (default), adamw")
    train.add_argument("--lr", type=float, help="the largest learning rate (default: 0.001)")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--out", help="where to write (default: runs/NETWORK-DATA-BACKEND)")
    train.set_defaults(command=_train)


def _refuse(error: Exception) -> int:
    print(f"cnnkit: {error}", file=sys.stderr)
    return WRONG_USE


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

    if options.name:
        print(models.source_table(options.name))
        return
    table = models.table()
    print(table)
    if options.picture:
        with open(options.picture, "wb") as file:
            file.write(table.picture().png())


def _classify(options: argparse.Namespace) -> int:
    """Every picture, also behind one that can't be read."""
    from cnnkit.models.classify import Classifier

    classifier = Classifier(options.model, options.backend)
    status = 0
    for path in options.pictures:
        try:
            guesses = classifier.read(path)[:TOP]
        except (ValueError, OSError) as error:
            status = _refuse(error)
            continue
        lines = [
            (guess.name, bar(guess.probability, BAR), f"{guess.probability:.1%}")
            for guess in guesses
        ]
        print("\n  ".join([path, *aligned(lines, words=(0, 1))]))
    return status


def _train(options: argparse.Namespace) -> None:
    from cnnkit.cli.train import run

    run(options)

"""The command line of dev.py.

`main` runs under whatever Python is there. Commands that need packages make the virtual environment and
then become a process inside it (`main_inside`), keeping their process id.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from launcher import places
from launcher.talk import PlainError, Talk

DESCRIPTION = "Set up and run 协链 Xielian from this checkout. Needs Python 3.11+ with pip or uv; no root."


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="dev.py", description=DESCRIPTION)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="run the product with demo firms, until Ctrl-C")
    demo.add_argument("--port", type=port_number, help="default: the first free port from 8000 on")
    demo.add_argument("--once", action="store_true", help="do the whole job on fresh data, print figures, end")
    demo.add_argument("--json", action="store_true", help="with --once: the figures as one JSON line on stdout")

    up = commands.add_parser("up", help="run the product without demo data, until Ctrl-C")
    up.add_argument("--port", type=port_number, help="default: the first free port from 8000 on")

    test = commands.add_parser("test", help="run all checks and tests; other arguments go to pytest")
    test.add_argument("--fast", action="store_true", help="only pytest, no linters")

    shell = commands.add_parser("shell", help="a Python shell with the models loaded")
    shell.add_argument("--data", choices=("demo", "up"), help="default: what runs now, else the demo")

    manage = commands.add_parser("manage", help="a management command, e.g.: manage import_listed FOLDER")
    manage.add_argument("--data", choices=("demo", "up"), help="default: what runs now, else the demo")
    manage.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…")

    bench = commands.add_parser("bench", help="measure beside named peers: bench quality, engine, exposure")
    bench.add_argument("what", choices=("quality", "engine", "exposure"))
    bench.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…")

    commands.add_parser("stop", help="stop what runs from this checkout")

    reset = commands.add_parser("reset", help="delete the demo's data (or that of `up`)")
    reset.add_argument("--data", choices=("demo", "up"), default="demo")
    reset.add_argument("--yes", action="store_true", help="do not ask")

    doctor = commands.add_parser("doctor", help="say in plain words what is wrong with this machine or checkout")
    doctor.add_argument("--port", type=port_number, default=None)
    return made


def port_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Options of ours, and for `test` the rest, which is pytest's."""
    made = parser()
    chosen, rest = made.parse_known_args(arguments)
    if rest and chosen.command != "test":
        made.error(f"unknown arguments: {' '.join(rest)}")
    if chosen.command == "demo" and chosen.json and not chosen.once:
        made.error("--json goes with --once")
    return chosen, rest


def needed_packages(command: str) -> str | None:
    """Which requirements a command needs; None: it does without."""
    if command in {"doctor", "stop", "reset"}:
        return None
    if command == "test":
        return "dev"
    if command == "bench":
        return "bench"
    given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    return "base" if given else "embedded"


def main(arguments: Sequence[str]) -> int:
    chosen, rest = parse(arguments)
    quiet = chosen.command in {"shell", "manage", "bench"} or (chosen.command == "demo" and chosen.json)
    talk = Talk(sys.stderr if quiet else sys.stdout)
    try:
        kind = needed_packages(chosen.command)
        if kind is not None:
            from launcher import environment

            python = str(environment.ensure(kind, talk))
            env = {**os.environ, "PYTHONPATH": str(places.ROOT), "PYTHONSAFEPATH": "1"}
            os.execve(python, [python, "-m", "launcher", *arguments], env)
        return dispatch(chosen, rest, talk)
    except PlainError as error:
        return refuse(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `dev.py doctor | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def main_inside(arguments: Sequence[str]) -> int:
    chosen, rest = parse(arguments)
    quiet = chosen.command in {"shell", "manage", "bench"}
    try:
        return dispatch(chosen, rest, Talk(sys.stderr if quiet else sys.stdout))
    except (PlainError, places.PlaceError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        return 130


def refuse(error: Exception) -> int:
    print(f"\n{error}\n\npython3 dev.py doctor may know more.", file=sys.stderr)
    return 1


def dispatch(chosen: argparse.Namespace, rest: list[str], talk: Talk) -> int:
    # Imported late: `doctor` has to work where the rest does not.
    if chosen.command == "doctor":
        from launcher import doctor

        return doctor.examine(port=chosen.port, talk=talk)
    if chosen.command == "test":
        from launcher import checks

        return checks.run(rest, fast=chosen.fast, talk=talk)
    if chosen.command == "bench":
        from importlib import import_module

        measure = import_module(f"bench.{chosen.what}.running").main
        return int(measure(chosen.arguments))
    from launcher import product

    match chosen.command:
        case "demo" if chosen.once:
            return product.run_once(as_json=chosen.json)
        case "demo" | "up":
            return product.run(chosen.command, port=chosen.port, talk=talk)
        case "shell":
            return product.manage(["shell"], name=chosen.data, talk=talk)
        case "manage":
            return product.manage(chosen.arguments, name=chosen.data, talk=talk)
        case "stop":
            return product.stop(talk)
        case _:
            return product.reset(chosen.data, sure=chosen.yes, talk=talk)

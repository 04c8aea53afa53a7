"""The entry point: find the command, run it, and turn whatever comes of it into an exit code.

Exit codes: 0 held · 1 refused · 2 bad usage · 3 our bug · 130 interrupted.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import typer

from scripts.boundary import exit_code
from scripts.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.commands import Command

HELP = (
    "Nothing serves unless it is countersigned.\n\n"
    "A pull request proposes a model, CI proves it, code owners countersign it, merging promotes it, and a server that "
    "trusts nobody's word follows."
)
EPILOGUE = "Exit codes: 0 held, 1 refused, 2 bad usage, 3 our bug. Each command has its own --help."
GROUPS = {
    "dataset": "What models learn from.",
    "model": "What models should be.",
    "policy": "The policies, as data.",
    "trust": "Who is trusted with what.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return exit_code(lambda: build(words)(words, prog_name="counterseal"))


def build(words: Sequence[str]) -> typer.Typer:
    """Return the application, with the one command that ``words`` names loaded and all others as lines of help."""
    application = _group(HELP, EPILOGUE)
    groups = {name: _group(says) for name, says in GROUPS.items()}
    for command in COMMANDS:
        group, _, name = command.name.rpartition(" ")
        _add(groups[group] if group else application, command, name, loaded=_names(words, command))
    for name, sub in groups.items():
        panel = next(command.panel for command in COMMANDS if command.name.startswith(f"{name} "))
        application.add_typer(sub, name=name, help=GROUPS[name], rich_help_panel=panel)
    return application


def _group(says: str, epilogue: str | None = None) -> typer.Typer:
    return typer.Typer(
        help=says,
        epilog=epilogue,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    )


def _names(words: Sequence[str], command: Command) -> bool:
    named = [word for word in words if not word.startswith("-")]
    parts = command.name.split()
    return named[: len(parts)] == parts


def _add(group: typer.Typer, command: Command, name: str, *, loaded: bool) -> None:
    function = _exiting(command.load()) if loaded else _nothing
    settings: dict[str, Any] = {"rich_help_panel": command.panel or None, "hidden": not command.panel}
    group.command(name, help=None if loaded else command.says, short_help=command.says, **settings)(function)


def _exiting(function: Callable[..., int]) -> Callable[..., None]:
    """Make a function's exit code typer's."""

    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 (whatever the command takes)
        raise typer.Exit(function(*arguments, **options))

    return run


def _nothing() -> None:
    """Stand in for a command that is only listed."""

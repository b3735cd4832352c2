"""Families of commands whose help tells each of them in a whole sentence."""

from typing import Any

import typer
from typer.core import TyperGroup


class Family(TyperGroup):
    """Commands under one name; what each does goes on in a second line instead of being cut off."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes every command with the first sentence of its help."""
        shown = {name: command for name, command in self.commands.items() if not command.hidden}
        with formatter.section("Commands"):
            formatter.write_dl([(name, _sentence(command.help or "")) for name, command in shown.items()])


def family(about: str) -> typer.Typer:
    """An empty family of commands; `about` says what they are for."""
    return typer.Typer(cls=Family, help=about, no_args_is_help=True)


def _sentence(text: str) -> str:
    """The first paragraph of a help text without its full stop."""
    return " ".join(text.partition("\n\n")[0].split()).removesuffix(".")

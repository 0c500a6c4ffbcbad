"""
Options that every command takes, before or after its name.

`intergov --json score` and `intergov score --json` are the same. Options before the command are read by the root, those
after it by the command itself; where both are given, the later one counts.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger.cli.session import Session
from ledger.cli.trouble import told

_PANEL: Final = "Global options"

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Where node, databases and keys live: INTERGOV_HOME, or ./.intergov.",
        rich_help_panel=_PANEL,
    ),
]
RpcOption = Annotated[
    str | None,
    typer.Option(
        "--rpc", metavar="URL", help="Another node than the home's own; INTERGOV_RPC.", rich_help_panel=_PANEL
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Another database than the home's own; INTERGOV_DATABASE.",
        rich_help_panel=_PANEL,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.", rich_help_panel=_PANEL)
]
AsOption = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="The key that signs, by its name in the home.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking; needed where nobody can be asked.")]


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What was given on the command line; None where it was not."""

    home: Path | None = None
    rpc: str | None = None
    database: str | None = None
    json: bool = False

    def with_later(self, later: GlobalOptions) -> GlobalOptions:
        """These, and over them what was given behind the command."""
        return replace(
            self,
            home=later.home or self.home,
            rpc=later.rpc or self.rpc,
            database=later.database or self.database,
            json=later.json or self.json,
        )


_GLOBAL: Final[tuple[tuple[str, Any, Any], ...]] = (
    ("home", HomeOption, None),
    ("rpc", RpcOption, None),
    ("database", DatabaseOption, None),
    ("as_json", JsonOption, False),
)


def command(app: typer.Typer, name: str, **settings: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Make a function a command of `app`.

    The function takes a `Session` first and its own options after it. A refusal that it raises is told in one line on
    stderr, with exit code 1.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        common = [
            inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for each, annotation, default in _GLOBAL
        ]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        parameters = [context, *keyword, *common]

        @functools.wraps(function)
        def run(*, context: typer.Context, home: Any, rpc: Any, database: Any, as_json: bool, **arguments: Any) -> None:
            before = context.find_root().obj or GlobalOptions()
            options = before.with_later(GlobalOptions(home, rpc, database, as_json))
            with told():
                function(Session(options.home, options.rpc, options.database, options.json), **arguments)

        # Typer reads the signature: the function's own options and then the common ones.
        del run.__wrapped__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        app.command(name, **settings)(run)
        return function

    return register

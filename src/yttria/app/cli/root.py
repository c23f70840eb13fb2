"""The root of the command line: what every command hangs on."""

import typer

from yttria import __version__

app = typer.Typer(
    name="yttria",
    help="Personalised 90Y radioembolisation: from images to an activity, and from patients to evidence.\n\n"
    "For research use only. Not a medical device; not for clinical decisions.",
    epilog="Start with: yttria demo --out demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"yttria {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Personalised 90Y radioembolisation. For research use only."""

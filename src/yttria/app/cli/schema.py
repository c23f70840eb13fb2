"""`yttria schema`: the published shape of every JSON document."""

from typing import Annotated

import typer

from yttria.app.cli.output import refusals, write_document
from yttria.app.cli.root import app
from yttria.contract.schema import schema_of


@app.command(
    epilog="Example: yttria schema plan > plan.schema.json\n\nExample: yttria schema trial power   (yttria schema trial: all of them)"
)
def schema(command: Annotated[list[str], typer.Argument(help="The command whose JSON document is described.")]) -> None:
    """Print the JSON schema of a command's document."""
    with refusals():
        write_document(schema_of(" ".join(command)))

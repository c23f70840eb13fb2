"""A request model as a command: its fields become arguments and options, their descriptions the help."""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import typer
from annotated_types import Ge
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from yttria.app.cli.output import refusals
from yttria.contract.base import Argument, OptionName, Request, checked, options_of

R = TypeVar("R", bound=Request)
Run = Callable[[R, bool], None]
JSON_HELP = "Print one JSON document."
WORDS = (Path, int, float, bool, str)


def request_command(
    group: typer.Typer, model: type[R], *, name: str | None = None, epilog: str
) -> Callable[[Run[R]], Run[R]]:
    """Return a decorator that makes a function of a request (and whether JSON is wanted) a command of `group`.

    Parameters
    ----------
    group
        Where the command is added.
    model
        The request: a field marked `Argument` is taken by place, any other is an option `--its-name`.
    name
        The command's name; that of the function where it is left out.
    epilog
        An example.
    """

    def decorate(run: Run[R]) -> Run[R]:
        def command(**words: Any) -> None:
            as_json = bool(words.pop("as_json"))
            with refusals():
                run(checked(model, {k: v for k, v in words.items() if v is not None}), as_json)

        command.__doc__ = run.__doc__
        command.__name__ = run.__name__
        vars(command)["request"] = model
        parameters = [_parameter(key, field) for key, field in options_of(model).items()]
        as_json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
        parameters.append(
            inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=as_json)
        )
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        group.command(name, epilog=epilog)(command)
        return run

    return decorate


def _parameter(key: str, field: FieldInfo) -> inspect.Parameter:
    """Return a field as a parameter that Typer understands."""
    word, optional = _word(field.annotation)
    help_text = field.description or ""
    required = field.is_required()
    marks = field.metadata
    option = next((str(m) for m in marks if isinstance(m, OptionName)), "")
    if word is bool and not option:
        option = "--" + key.replace("_", "-")
    more: dict[str, Any] = {"parser": _path, "metavar": "<path>"} if word is Path else {}
    least = next((mark.ge for mark in marks if isinstance(mark, Ge)), None)
    if least is not None and word in {int, float}:
        more["min"] = least
    if any(isinstance(m, Argument) for m in marks):
        info: Any = typer.Argument(help=help_text, **more)
    else:
        has_default = not optional and word is not bool
        info = typer.Option(*([option] if option else []), help=help_text, show_default=has_default, **more)
    annotation: Any = Annotated[word | None, info] if optional or not required else Annotated[word, info]
    default = inspect.Parameter.empty if required else _default(field, word)
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _path(text: str | Path) -> Path:
    """Return a path; an empty one is wrong usage."""
    if not str(text):
        raise typer.BadParameter("a path must not be empty")
    return Path(text)


def _default(field: FieldInfo, word: Any) -> Any:
    """Return the default of an option as the command line writes it: lists with commas."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return None
    if word is str and isinstance(value, tuple | list):
        return ",".join(str(v) for v in value)
    return value


def _word(annotation: Any) -> tuple[Any, bool]:
    """Return the type in which the command line takes a field (a list is an option given again), and whether it may be left empty."""
    if get_origin(annotation) is Annotated:
        return _word(get_args(annotation)[0])
    if get_origin(annotation) is list:
        return list[str], False
    if get_origin(annotation) in {Union, UnionType}:
        parts = [part for part in get_args(annotation) if part is not NoneType]
        return (_word(parts[0])[0] if len(parts) == 1 else str), NoneType in get_args(annotation)
    return (annotation if annotation in WORDS else str), False

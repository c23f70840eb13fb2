"""[limits] of a case or a site: doses by name, each with its source."""

from collections.abc import Mapping

from yttria.values.errors import QuantityError, require_positive
from yttria.values.units import Gy


def limits_in(words: Mapping[str, float | str], *, where: str = "[limits]") -> tuple[dict[str, Gy], dict[str, str]]:
    """Return limits by name, and the source that is named for each (`NAME_source`, or `source` for all).

    Raises
    ------
    QuantityError
        A key that is neither, a number that is not above zero.

    Examples
    --------
    >>> limits_in({"lung_gy": 25, "source": "our board"})
    ({'lung': 25.0}, {'lung': 'our board'})
    """
    limits: dict[str, Gy] = {}
    sources: dict[str, str] = {}
    for key, value in words.items():
        if key.endswith("_gy") and not isinstance(value, str):
            limits[key.removesuffix("_gy")] = Gy(require_positive(float(value), what=f"{where} {key}"))
        elif not (key == "source" or key.endswith("_source")) or not isinstance(value, str):
            raise QuantityError(
                f"{where} takes NAME_gy = number and NAME_source = text, but has {key} = {value!r}; write lung_gy = 30",
                code="limit-value",
            )
    for name in limits:
        source = words.get(f"{name}_source", words.get("source"))
        if source:
            sources[name] = str(source)
    return limits, sources

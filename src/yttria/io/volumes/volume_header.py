"""What the headers of NRRD and MetaImage say of place and unit, which ITK passes over; how a file's first bytes name its kind."""

import re
from collections.abc import Mapping
from pathlib import Path

from yttria.values.errors import GeometryError, IntakeError

HEADER_BYTES = 1 << 20  # of a NRRD or a MetaImage: a segmentation of a hundred segments writes less
LONGEST_LINE, LONGEST_KEY = 2000, 100  # letters of a MetaImage: MetaIO reads into buffers of 4096 and 255
LONGEST_NUMBER = 40  # letters: a double in full has 24
# Fields of a MetaImage that say how its numbers are read (MetaIO, metaImage.cxx): it knows each by this spelling alone and passes over any other.
META_FIELDS = {
    field.lower(): field
    for field in (
        "ObjectType", "NDims", "DimSize", "ElementSpacing", "ElementSize", "ElementType", "ElementDataFile", "ElementNumberOfChannels", "HeaderSize",
        "Offset", "Position", "Origin", "TransformMatrix", "Rotation", "Orientation", "BinaryData", "BinaryDataByteOrderMSB", "ElementByteOrderMSB",
        "CompressedData", "CompressedDataSize", "ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset",
    )
}  # fmt: skip
META_SYNONYMS = (
    ("offset", "position", "origin"),
    ("transformmatrix", "rotation", "orientation"),
    ("binarydatabyteordermsb", "elementbyteordermsb"),
)
"""Fields of which MetaIO takes one and passes over the others."""
META_TRUTHS = ("binarydata", "binarydatabyteordermsb", "elementbyteordermsb", "compresseddata")
NRRD_TEXTS = frozenset(
    {
        "content",
        "labels",
        "units",
        "space units",
        "sample units",
        "kinds",
        "centers",
        "centerings",
        "data file",
        "datafile",
    }
)
"""Fields of a NRRD that hold words."""
COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstandard",
    b"PK\x03\x04": "zip",
}
# NRRD, field "space" (teem.sourceforge.net/nrrd/format.html): those whose axes are anatomical. The others name a handedness or a scanner.
ANATOMICAL = {"right-anterior-superior", "ras", "left-anterior-superior", "las", "left-posterior-superior", "lps"}
NRRD_ENCODINGS = {"raw", "txt", "text", "ascii", "hex", "gz", "gzip"}
MM_PER_UNIT = {
    "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0, "millimeters": 1.0, "millimetres": 1.0,
    "cm": 10.0, "centimeter": 10.0, "centimetre": 10.0, "centimeters": 10.0, "centimetres": 10.0,
    "m": 1000.0, "meter": 1000.0, "metre": 1000.0, "meters": 1000.0, "metres": 1000.0,
    "um": 0.001, "µm": 0.001, "μm": 0.001, "micron": 0.001, "microns": 0.001, "micrometer": 0.001, "micrometre": 0.001, "micrometers": 0.001, "micrometres": 0.001,
}  # fmt: skip
UNSTATED = {"", "???", "?", "none"}  # in place of a unit: as NRRD and MetaImage write that none is known


def compression_of(start: bytes) -> str:
    """Return by what a file is compressed as a whole, from its first bytes; empty where by nothing that is known."""
    return next((name for magic, name in COMPRESSIONS.items() if start.startswith(magic)), "")


def kind_of(start: bytes) -> str:
    """Return what a file holds by its first bytes: NIfTI, NRRD, MetaImage, DICOM; empty where none of these."""
    if start.startswith(b"NRRD0"):
        return "NRRD"
    if start[128:132] == b"DICM":
        return "DICOM"
    if start[344:348] in {b"n+1\0", b"ni1\0"} or start[4:8] in {b"n+2\0", b"ni2\0"}:
        return "NIfTI"
    if re.match(rb"\s*(ObjectType|NDims|Comment)\s*=", start):
        return "MetaImage"
    return ""


def require_kind(path: Path, start: bytes, wanted: str) -> None:
    """Refuse a file that is compressed as a whole, or holds another format than its name says, in words that are true.

    Parameters
    ----------
    start
        Its first bytes.
    wanted
        NIfTI, NRRD or MetaImage.

    Raises
    ------
    IntakeError
        Says by what it is compressed, or what it holds.
    """
    if packed := compression_of(start):
        raise IntakeError(
            f"{path.name} must be {wanted}, but is a file that {packed} has compressed as a whole; unpack it, or save it compressed within its format",
            code="volume-kind",
        )
    result = kind_of(start)
    if result and result != wanted:
        raise IntakeError(
            f"{path.name} is named as {wanted}, but holds {result}; give it the suffix of what it holds",
            code="volume-kind",
        )


def header_of(path: Path, wanted: str) -> str:
    """Return the text before the numbers of a NRRD or a MetaImage.

    Raises
    ------
    IntakeError
        As `require_kind`; a header that does not end.
    """
    with path.open("rb") as stream:
        start = stream.read(HEADER_BYTES)
    require_kind(path, start, wanted)
    head = start.replace(b"\r\n", b"\n")
    if wanted == "NRRD":
        head, end, _ = head.partition(b"\n\n")
        whole = bool(end) or path.name.lower().endswith(".nhdr")  # a header in a file of its own ends with it
    else:
        result = re.search(rb"ElementDataFile\s*=[^\n]*", head)
        whole, head = result is not None, head[: result.end()] if result else head
    if not whole or not kind_of(start) or b"\0" in head:
        raise IntakeError(
            f"expected a readable volume, found a damaged one in {path.name}; write it again", code="volume-damaged"
        )
    return head.decode("utf-8", "replace")


def require_short_numbers(header: str, name: str) -> None:
    """Refuse a NRRD whose fields of numbers are longer than numbers are: teem, by which ITK reads them, ends the whole program at such.

    Raises
    ------
    IntakeError
        A line of such a field of more than 2000 letters, or a number of more than 40.
    """
    for line in header.split("\n")[1:]:
        field, sign, text = line.partition(":")
        if not sign or line.startswith("#") or text.startswith("=") or field.strip().lower() in NRRD_TEXTS:
            continue
        if len(line) > LONGEST_LINE or any(len(word) > LONGEST_NUMBER for word in re.split(r"[\s,()]+", text)):
            raise IntakeError(
                f"numbers in the header of {name} must have at most {LONGEST_NUMBER} letters, but one of {field.strip()[:40]} is longer; write it again",
                code="volume-header-lines",
            )


def nrrd_fields(header: str) -> dict[str, str]:
    """Return the fields of a NRRD's header ("space: …") by their names in lower case."""
    results = (re.match(r"([^:=#]+):(?!=)\s*(.*)", line) for line in header.split("\n")[1:])
    fields: dict[str, str] = {}
    for match in results:
        if match:
            fields.setdefault(match[1].strip().lower(), match[2].strip())
    return fields


def nrrd_values(header: str) -> dict[str, str]:
    """Return what a NRRD's header states beyond its format ("key:=value"), line breaks and backslashes restored."""
    pairs = (line.partition(":=") for line in header.split("\n")[1:] if not line.startswith("#"))
    unescaped = {r"\n": "\n", r"\\": "\\"}
    return {
        key.strip(): re.sub(r"\\[n\\]", lambda mark: unescaped[mark[0]], value)
        for key, sign, value in pairs
        if sign and ":" not in key
    }


def nrrd_scale(fields: Mapping[str, str], name: str) -> float:
    """Return millimetres for one unit of length of a NRRD; refuse one that does not say where it lies, or is encoded in a way not read here.

    Raises
    ------
    GeometryError
        No anatomical space, no origin, no directions, or a unit that is none of length.
    IntakeError
        An encoding that is not read.

    Source
    ------
    Definition of the NRRD file format (teem.sourceforge.net/nrrd/format.html), fields "space", "space units", "encoding".
    """
    encoding = fields.get("encoding", "").lower()
    if encoding not in NRRD_ENCODINGS:
        raise IntakeError(
            f"{name} must be encoded as {', '.join(sorted(NRRD_ENCODINGS))}, but is encoded as {encoding or 'nothing that it says'}; save it with gzip or raw",
            code="volume-kind",
        )
    _require_kinds(fields, name)
    space = fields.get("space", "").lower()
    if space not in ANATOMICAL:
        statement = f"says {space}, whose axes are no directions of a body" if space else "does not"
        raise GeometryError(
            f"{name} must name its space (left-posterior-superior, right-anterior-superior …), but {statement}; write it again with one",
            code="volume-place",
        )
    for field in ("space origin", "space directions"):
        if field not in fields:
            raise GeometryError(
                f'{name} must state where it lies, but has no "{field}"; write it again with one', code="volume-place"
            )
    axes = len(re.findall(r"\([^()]*\)", fields["space directions"]))
    if axes != 3:
        raise GeometryError(
            f'{name} must state three directions ("space directions"), but states {axes}; write it again with all',
            code="volume-place",
        )
    units = re.findall(r'"([^"]*)"', fields.get("space units", ""))
    return length_scale(units, name, field="space units")


def _require_kinds(fields: Mapping[str, str], name: str) -> None:
    """Refuse a fourth axis that does not say what it holds: only a list, or the numbers of a voxel, can lie beside the axes of space."""
    kinds = fields.get("kinds", "").lower().split()
    of_space = sum(k in {"domain", "space"} for k in kinds)
    if fields.get("dimension") == "4" and (of_space != 3 or UNSTATED.intersection(kinds)):
        raise IntakeError(
            f"{name} has 4 axes, of which its kinds must say 3 to be of space (list domain domain domain), but they are {' '.join(kinds) or 'absent'}; "
            "write it again with its kinds, or split it",
            code="volume-dimensions",
        )


def metaimage_fields(header: str, name: str) -> dict[str, str]:
    """Return the fields of a MetaImage's header ("NDims = 3") by their names in lower case.

    Raises
    ------
    IntakeError
        A field that stands twice, by two names with two values or spelled as MetaIO does not know it; one of true or false that is neither; a line
        longer than the buffers of MetaIO hold.
    """
    fields: dict[str, str] = {}
    for line in header.split("\n"):
        key, sign, value = line.partition("=")
        key = key.strip().lower()
        if len(line) > LONGEST_LINE or len(key) > LONGEST_KEY:
            raise IntakeError(
                f"lines in the header of {name} must have at most {LONGEST_LINE} letters, but one is longer; write it again",
                code="volume-header-lines",
            )
        if sign and line.partition("=")[0].strip() != META_FIELDS.get(key, line.partition("=")[0].strip()):
            raise IntakeError(
                f"{name} must spell its fields as MetaImage does, but writes {line.partition('=')[0].strip()} for {META_FIELDS[key]}; write it again",
                code="volume-header-lines",
            )
        if sign and key in fields and key not in {"comment", "name"}:
            raise IntakeError(
                f"{name} must state each field once, but {key[:40]} stands twice; write it again",
                code="volume-header-lines",
            )
        if sign:
            fields[key] = value.strip()
    _require_one_meaning(fields, name)
    return fields


def _require_one_meaning(fields: Mapping[str, str], name: str) -> None:
    """Refuse two names of one field with two values, and what must be true or false and is neither."""
    for synonyms in META_SYNONYMS:
        stated = [key for key in synonyms if key in fields]
        if len({tuple(fields[key].lower().split()) for key in stated}) > 1:
            raise IntakeError(
                f"{name} must state each field once, but {' and '.join(META_FIELDS[k] for k in stated)} are one and differ; write it again",
                code="volume-header-lines",
            )
    for key in META_TRUTHS:
        if fields.get(key, "true").lower() not in {"true", "false", "t", "f", "1", "0"}:
            raise IntakeError(
                f"{META_FIELDS[key]} of {name} must be True or False, but is {fields[key][:20] or 'empty'}; write it again",
                code="volume-header-lines",
            )


def metaimage_scale(header: str, name: str) -> float:
    """Return millimetres for one unit of length of a MetaImage; refuse one that does not say how large its voxels are and where they lie.

    ITK takes 1 mm and the origin where these are absent.

    Raises
    ------
    GeometryError
        ElementSpacing or the place of the first voxel is absent; a unit that is none of length.

    Source
    ------
    MetaIO (itk.org/Wiki/MetaIO/Documentation), fields ElementSpacing, Offset (Position, Origin), DistanceUnits.
    """
    fields = metaimage_fields(header, name)
    if "elementspacing" not in fields:
        raise GeometryError(
            f"{name} must state the distance of its voxels (ElementSpacing), but does not; write it again with its spacing",
            code="voxel-spacing",
        )
    if not {"offset", "position", "origin"} & fields.keys():
        raise GeometryError(
            f"{name} must state where it lies (Offset), but does not; write it again with the place of its first voxel",
            code="volume-place",
        )
    return length_scale([fields.get("distanceunits", "")], name, field="DistanceUnits")


def length_scale(units: list[str], name: str, *, field: str) -> float:
    """Return millimetres for one of the units that a header names; 1 where it names none.

    Raises
    ------
    GeometryError
        A unit that is none of length, or several.
    """
    stated = {unit.strip() for unit in units if unit.strip().lower() not in UNSTATED}
    scales = {MM_PER_UNIT.get(unit.lower()) for unit in stated}
    if None in scales or len(scales) > 1:
        raise GeometryError(
            f"{name} must state its lengths in one unit (mm, cm, m, um), but {field} is {', '.join(sorted(stated))}; write it again in mm",
            code="length-unit",
        )
    return scales.pop() or 1.0 if scales else 1.0

"""The reconstructed trial: shipped protocol, cohort and claims in; the whole analysis beside the publication out."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from yttria.app.services.analyse import Study, claim_comparison, study_of, write_files
from yttria.app.services.study_files import published_of
from yttria.evidence.published.claim import claim_of
from yttria.evidence.published.cohort_comparison import Cell
from yttria.evidence.published.consistency import audit
from yttria.io.files.output import output_folder, subject_of
from yttria.io.tables.csv_text import read_sheet

PROTOCOL, COHORT, CLAIMS = "protocol.toml", "cohort.csv", "claims.csv"
SHIPPED = {
    PROTOCOL: "dosisphere.toml",
    COHORT: "dosisphere_reconstructed.csv",
    CLAIMS: "dosisphere_claims.csv",
}
KINDS = ("svg", "png")
"""Of figure files: what a page shows and what a slide takes; `yttria analyse` writes PDF too."""
SOURCE = "Garin et al., J Nucl Med 2024;65:264–269, doi:10.2967/jnumed.123.266211, CC BY 4.0"


@dataclass(frozen=True, slots=True)
class Trial:
    """The reconstructed trial, analysed, and each printed number beside its own."""

    study: Study
    cells: tuple[Cell, ...]


def make_trial(out: Path, *, progress: Callable[[str], None] = lambda _: None, overwrite: bool = False) -> Trial:
    """Write protocol, cohort, claims, results, figures, tables, report and comparison of the reconstructed trial into `out`.

    Parameters
    ----------
    out
        A folder, made when it is not there.
    progress
        Is told what is being done.
    overwrite
        Whether files that Yttria did not write for this trial may be replaced.

    Raises
    ------
    IntakeError
        A folder that cannot be written, or holds what Yttria did not write.
    """
    with output_folder(out, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = subject_of(*SHIPPED.values())
        return _trial(draft.path, progress)


def number_comparison(out: Path, *, overwrite: bool = False) -> tuple[Cell, ...]:
    """Write the reconstructed trial into `out` as `make_trial` and return each printed number beside ours: what travels between processes."""
    return make_trial(out, overwrite=overwrite).cells


def _trial(out: Path, progress: Callable[[str], None]) -> Trial:
    """Write every file of the trial into an empty folder."""
    for name, shipped in SHIPPED.items():
        with as_file(files("yttria.data") / shipped) as path:
            shutil.copyfile(path, out / name)
    progress("analysing")
    study = study_of(out / PROTOCOL, out / COHORT)
    progress("checking the printed numbers")
    sheet = read_sheet(out / CLAIMS)
    claims = [claim_of(dict(zip(sheet.heading, row, strict=True)), line) for line, row in sheet.rows]
    cells = claim_comparison(study, audit(claims))
    left = [claim for claim in claims if not claim.where]
    write_files(study, out, published=published_of(cells, SOURCE, left), kinds=KINDS, progress=progress)
    return Trial(study, cells)

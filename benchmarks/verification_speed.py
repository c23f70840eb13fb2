"""How long a verification takes, from DICOM to PDF, and where the time goes.

Run `./run bench verification_speed`. The demo's second patient: 90Y PET of 150 slices and its CT, structures and plan of another frame of reference, so that both CTs
are registered and every structure is brought to grids that lie oblique to it. Whole commands, imports and all, each in a process of its own, the least of several
runs; then the steps of one verification in a process that has done it once.

Claim: `yttria verify --plan --out`, with PDF, HTML and RTDOSE, below 10 s on the clock.
"""

import sys
import tempfile
from functools import reduce
from pathlib import Path

from race import Took, head, race, row, shown, state, whole
from yttria.app.services.digital_course import make_course, make_treatment
from yttria.app.services.plan import plan_case
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.verify import verify_case, write_verification
from yttria.physics.geometry.registration import register

CLAIM_S = 10.0
RUNS = 4
ORDERED_GBQ = 5.0


def commands(course: Path, work: Path) -> None:
    """Time the commands as a user meets them."""
    yttria = str(Path(sys.executable).with_name("yttria"))
    against = [yttria, "verify", str(course / "after"), "--plan", str(course / "plan")]
    print("\n| command | wall | CPU | peak memory |\n|---|---|---|---|")
    for name, words in (
        ("yttria verify --plan, JSON", [*against, "--json"]),
        ("yttria verify --plan --out, DICOM to PDF, HTML and RTDOSE", [*against, "--out", str(work / "verify")]),
    ):
        runs = [whole(words) for _ in range(RUNS)]
        best = reduce(Took.least, (r.took for r in runs[1:]))
        peak = max(r.peak_mb for r in runs)
        print(f"| {name} | {shown(best.wall_s)} | {shown(best.cpu_s)} | {peak:.0f} MB |", flush=True)
    told = "claim met" if best.wall_s < CLAIM_S else "CLAIM MISSED"
    print(f"\nFrom DICOM to PDF: {shown(best.wall_s)} of {CLAIM_S:g} s: {told}", flush=True)


def steps(course: Path, work: Path) -> None:
    """Time the steps of one verification, warm."""
    plan = read_plan_record(course / "plan")
    found = verify_case(course / "after", plan)
    planned_ct, ct = plan.voxels and plan.voxels.ct, found.patient_case.ct
    assert planned_ct is not None
    assert ct is not None
    head()
    for name, work_of in (
        ("registering both CTs", lambda: register(planned_ct, ct)),
        ("verification, reading and registration in it", lambda: verify_case(course / "after", plan)),
        (
            "verify.json, PDF, HTML, RTDOSE",
            lambda: write_verification(found, work / "written", inputs=(), replace=True),
        ),
    ):
        row(name, race({"yttria": work_of}, rounds=3))


def main() -> None:
    print(state(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        course = work / "course"
        patient = make_course(course, 1)
        plan_case(course / "before", course / "plan")
        make_treatment(course, patient, ORDERED_GBQ)
        commands(course, work)
        steps(course, work)
    print(f"\n{state()}", flush=True)


if __name__ == "__main__":
    main()

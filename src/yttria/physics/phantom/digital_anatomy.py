"""The digital patient's body: shapes in LPS mm, z = 0 near the dome of the left diaphragm.

Organs are smooth solids of roughly the right size and place; they are drawn in order, later ones over earlier ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from yttria.physics.phantom.implicit_shapes import (
    Shape,
    column,
    comb,
    ellipsoid,
    half_space,
    tube,
)

# How the trunk tapers from z = 0 upwards and downwards, per 100 mm: linear and quadratic.
TAPER = (-0.024, -0.016)


def trunk(inset_mm: float, *, z: tuple[float, float] = (-400.0, 400.0)) -> Shape:
    """Return the body at a depth below the skin."""
    return column(
        (0, 0),
        (172 - inset_mm, 116 - 0.92 * inset_mm),
        z=z,
        taper=TAPER,
        z_of_axes=-20,
        roundness=1.25,
    )


BODY = trunk(0)
WALL = trunk(19)
CHEST = trunk(36)
"""The space inside the ribs and the muscles of the belly."""


# ---- the diaphragm and what lies on either side
def midriff(gap_mm: float) -> Shape:
    """Return all below the diaphragm, grown by a gap on every side."""
    right = ellipsoid((-72, 6, -70), (84 + gap_mm, 90 + gap_mm, 98 + gap_mm))
    left = ellipsoid((70, 8, -80), (80 + gap_mm, 86 + gap_mm, 92 + gap_mm))
    middle = ellipsoid((6, -14, -92), (84 + gap_mm, 86 + gap_mm, 96 + gap_mm))
    return right.blended(left, 24).blended(middle, 16)


DIAPHRAGM = midriff(0)
BELLY = trunk(36, z=(-400, -95)) | (CHEST & midriff(-3))

# ---- chest
HEART = ellipsoid((26, -32, 44), (52, 38, 46), turned=(0, 28, 28)) & CHEST
MEDIASTINUM = column((4, 14), (32, 70), z=(-60, 260), taper=(-0.1, 0), roundness=1.6)
PERICARDIUM = ellipsoid((26, -32, 44), (56, 42, 50), turned=(0, 28, 28))


def lung(side: float) -> Shape:
    """Return one lung: a tall cone in the chest, above the diaphragm, beside heart and mediastinum."""
    cone = ellipsoid((78 * side, 4, -58), (71, 95, 274), turned=(0, -3 * side, 0)).within(CHEST, 6)
    above = cone & half_space((0, 0, -62), (0, 0, -1))
    return above.without(midriff(2.5), 5).without(PERICARDIUM, 8).without(MEDIASTINUM, 10)


LUNG_RIGHT, LUNG_LEFT = lung(-1), lung(1)
TRACHEA = (
    tube([(0, 14, 230), (2, 20, 118)], [9, 9])
    | tube([(2, 20, 118), (-30, 22, 92)], [8, 6])
    | tube([(2, 20, 118), (38, 26, 86)], [7.5, 5.5])
)
AORTA = tube(
    [
        (24, -14, 66),
        (16, -20, 110),
        (22, 4, 128),
        (28, 36, 112),
        (26, 52, 60),
        (20, 50, -40),
        (8, 44, -150),
        (6, 44, -210),
    ],
    [15, 15, 14, 13, 12, 11, 9, 8.5],
)
OESOPHAGUS = tube([(4, 34, 230), (6, 36, 100), (18, 32, 0), (34, 20, -24)], [7, 7, 7, 8])
VENA_CAVA = tube([(-24, -14, 120), (-26, -6, 60), (-22, 22, 10), (-22, 36, -60), (-20, 38, -210)], [10, 11, 12, 12, 11])

# ---- bones: ribs fall towards the front; vertebrae and discs alternate
RIB_PERIOD_MM = 27.0
RIBS = (
    trunk(27, z=(-118, 232)).shell(4.2).within(comb(period_mm=RIB_PERIOD_MM, half_mm=5.6, slope=0.42, phase_mm=6), 2.5)
    - column((0, -116), (34, 60), z=(-400, 400), roundness=2)
    - (half_space((0, -40, 0), (0, 1, 0.62)) & half_space((0, 0, 0), (0, 0, 1)))
)
STERNUM = tube([(0, -94, 190), (0, -97, 96), (0, -95, 62)], [10, 9, 6]) & trunk(18)
VERTEBRA = column((0, 61), (22, 17), z=(-400, 400), roundness=2) & comb(period_mm=29, half_mm=11.5, phase_mm=4)
DISCS = column((0, 61), (22, 17), z=(-400, 400), roundness=2)
CANAL = column((0, 84), (10, 8), z=(-400, 400), roundness=2)
ARCH = column((0, 84), (16, 13), z=(-400, 400), roundness=2) & comb(period_mm=29, half_mm=11)
PROCESSES = column((0, 96), (3.6, 11), z=(-400, 400), roundness=1) & comb(period_mm=29, half_mm=9, phase_mm=-4)
TRANSVERSE = column((0, 82), (34, 5), z=(-400, 400), roundness=1) & comb(period_mm=29, half_mm=5.5, phase_mm=2)
BACK_MUSCLE = (
    column((-26, 88), (23, 16), z=(-400, 400), roundness=1.2) | column((26, 88), (23, 16), z=(-400, 400), roundness=1.2)
) & trunk(8)
PSOAS = tube([(-34, 62, -60), (-42, 58, -230)], [12, 22]) | tube([(34, 62, -60), (42, 58, -230)], [12, 22])

# ---- liver: right lobe under its dome, left lobe across the midline, hollows where neighbours press in
LIVER = (
    ellipsoid((-72, 6, -70), (80, 86, 94))
    .within(half_space((-42, 30, -72), (0.66, 0.36, -0.66)), 24)
    .blended(ellipsoid((8, -40, -37), (86, 43, 36), turned=(0, 10, 0)), 26)
    .within(trunk(37.5), 8)
    .within(midriff(-3.5), 4)
    .without(tube([(-22, 22, 40), (-22, 30, -60), (-22, 34, -140)], [13, 13, 14]), 6)
    .without(ellipsoid((-58, 52, -146), (34, 32, 58), turned=(8, 8, 0)), 8)
    .without(ellipsoid((62, -12, -52), (42, 47, 47)), 8)
)
CANTLIE = half_space((-48, -10, -50), (0.86, -0.5, 0.02))
"""The plane from the gall bladder's bed to the vena cava: the right lobe lies behind it."""
RIGHT_LOBE = LIVER & CANTLIE
GALL_BLADDER = tube([(-30, -40, -104), (-38, -52, -132)], [9, 15])
PORTAL_VEIN = (
    tube([(14, 12, -122), (-14, 6, -86), (-34, 2, -68)], [7.5, 7.5, 7])
    .blended(tube([(-34, 2, -68), (-64, 2, -60), (-96, 14, -88)], [6.5, 5.2, 3.2]), 4)
    .blended(tube([(-64, 2, -60), (-72, -32, -66)], [4.8, 3.2]), 3)
    .blended(tube([(-24, 4, -76), (8, -30, -50), (34, -42, -40)], [5.8, 4.6, 3.2]), 4)
)
HEPATIC_VEINS = (
    tube([(-24, 20, 4), (-58, 14, -16), (-96, 12, -40)], [5.5, 4.6, 2.6])
    | tube([(-22, 18, 4), (-30, -14, -20), (-34, -36, -50)], [5.0, 4.2, 2.4])
    | tube([(-20, 16, 4), (6, -24, -10), (40, -44, -28)], [4.6, 3.8, 2.2])
)

# ---- the rest of the belly
SPLEEN = ellipsoid((104, 44, -58), (26, 44, 56), turned=(24, 8, 14)).without(
    ellipsoid((72, 18, -62), (34, 40, 60)), 10
) & trunk(38)
STOMACH = (
    ellipsoid((62, -14, -46), (38, 44, 40))
    .blended(tube([(62, -14, -50), (58, -44, -100), (20, -56, -124), (-8, -44, -118)], [30, 26, 19, 13]), 16)
    .within(BELLY, 4)
)
STOMACH_LUMEN = (
    ellipsoid((62, -14, -46), (34, 40, 36))
    .blended(tube([(62, -14, -50), (58, -44, -100), (20, -56, -124), (-8, -44, -118)], [26, 22, 15, 9]), 16)
    .within(trunk(42), 4)
)
GAS = half_space((0, -34, 0), (0, 1, 0))
PANCREAS = tube([(-22, -4, -132), (12, -8, -112), (50, 16, -96), (82, 34, -84)], [14, 11, 10, 8])
KIDNEYS = ellipsoid((-60, 58, -146), (28, 24, 54), turned=(8, 8, 0)) | ellipsoid(
    (62, 56, -132), (28, 24, 54), turned=(8, -8, 0)
)
RENAL_SINUS = ellipsoid((-46, 54, -146), (13, 12, 26)) | ellipsoid((48, 52, -132), (13, 12, 26))
COLON = (
    tube([(-104, -6, -225), (-102, -14, -172), (-88, -44, -156)], [21, 23, 20])
    | tube([(-88, -44, -156), (-20, -76, -170), (60, -72, -160), (102, -20, -110)], [19, 18, 18, 17])
    | tube([(102, -20, -110), (108, 20, -150), (106, 22, -225)], [16, 16, 16])
)
SMALL_BOWEL = (
    tube([(-62, -30, -196), (-20, -46, -200), (26, -36, -190), (64, -46, -202), (50, -10, -208)], [14, 15, 15, 14, 14])
    | tube([(-66, 2, -214), (-30, -12, -222), (8, -4, -218), (44, 12, -224), (80, -6, -212)], [14, 15, 14, 15, 14])
    | tube([(-40, -18, -168), (-4, -28, -160), (34, -22, -166), (70, -8, -176), (84, -34, -190)], [13, 14, 14, 14, 13])
)
COLON_LUMEN = (
    tube([(-104, -6, -225), (-102, -14, -172), (-88, -44, -156)], [17, 19, 16])
    | tube([(-88, -44, -156), (-20, -76, -170), (60, -72, -160), (102, -20, -110)], [15, 14, 14, 13])
    | tube([(102, -20, -110), (108, 20, -150), (106, 22, -225)], [12, 12, 12])
)
COLON_GAS = half_space((0, -78, 0), (0, 1, 0))


# ---- lesions: all lie in the right lobe
@dataclass(frozen=True, slots=True)
class Lesions:
    """Two lesions: the index lesion with a dead core, and a second one.

    Parameters
    ----------
    has_necrosis_contour
        Whether the core is contoured by itself.
    """

    index: Shape
    core: Shape
    second: Shape
    has_necrosis_contour: bool = False


PATIENT_LESIONS = Lesions(
    ellipsoid((-84, 20, -40), (44, 41, 42), turned=(0, 0, 20)),
    ellipsoid((-82, 22, -42), (19, 17, 18), turned=(0, 0, 20)),
    ellipsoid((-92, -36, -98), (19, 18, 18)),
)
"""Of the digital patient: 88 x 82 x 84 mm, and a small one."""
COURSE_LESIONS = Lesions(
    ellipsoid((-84, 14, -46), (54, 51, 53), turned=(0, 0, 20)) & RIGHT_LOBE,
    ellipsoid((-80, 20, -50), (19, 17, 18), turned=(0, 0, 20)),
    ellipsoid((-86, -38, -104), (20, 18, 18)) & RIGHT_LOBE,
    has_necrosis_contour=True,
)
"""Of the second digital patient, whose course is followed: 10.5 cm with a drawn core, and a colder one."""


@dataclass(frozen=True, slots=True)
class Organ:
    """A shape to draw and the tissue it is made of."""

    tissue: str
    shape: Shape


def organs(lesions: Lesions = PATIENT_LESIONS) -> tuple[Organ, ...]:
    """Return what the CT shows, in the order of drawing."""
    order: tuple[tuple[str, Shape], ...] = (
        ("skin_fat", BODY),
        ("muscle", WALL),
        ("fat", CHEST),
        ("bone", RIBS),
        ("bone", STERNUM),
        ("lung", LUNG_RIGHT),
        ("lung", LUNG_LEFT),
        ("muscle", CHEST & DIAPHRAGM),
        ("fat", BELLY),
        ("heart", HEART),
        ("muscle", BACK_MUSCLE),
        ("muscle", PSOAS),
        ("blood", VENA_CAVA),
        ("blood", AORTA),
        ("muscle", OESOPHAGUS),
        ("gas", TRACHEA),
        ("kidney", KIDNEYS),
        ("fat", RENAL_SINUS),
        ("bowel", SMALL_BOWEL),
        ("bowel", COLON),
        ("fluid", COLON_LUMEN),
        ("gas", COLON_LUMEN & COLON_GAS),
        ("spleen", SPLEEN),
        ("kidney", PANCREAS),
        ("stomach_wall", STOMACH),
        ("fluid", STOMACH_LUMEN),
        ("gas", STOMACH_LUMEN & GAS),
        ("liver", LIVER),
        ("fluid", GALL_BLADDER),
        ("blood", HEPATIC_VEINS),
        ("blood", PORTAL_VEIN),
        ("tumour", lesions.index),
        ("necrosis", lesions.core),
        ("tumour", lesions.second),
        ("disc", DISCS),
        ("marrow", VERTEBRA),
        ("bone", ARCH | PROCESSES | TRANSVERSE),
        ("fluid", CANAL),
    )
    return tuple(Organ(tissue, shape) for tissue, shape in order)


def contoured(lesions: Lesions = PATIENT_LESIONS) -> Mapping[str, Shape]:
    """Return what a physician would draw; the outline of tumour 1 is that of the whole lesion, dead core included."""
    return {
        "Liver": LIVER,
        "Perfused": RIGHT_LOBE,
        "Tumour 1": lesions.index,
        "Tumour 2": lesions.second,
        **({"Necrosis": lesions.core} if lesions.has_necrosis_contour else {}),
        "Lung_L": LUNG_LEFT,
        "Lung_R": LUNG_RIGHT,
    }

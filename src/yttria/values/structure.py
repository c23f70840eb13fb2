"""A structure of a patient: outlines in patient space, or shares of voxels."""

from yttria.values.contour import Contour
from yttria.values.maps import Voi

Structure = Contour | Voi

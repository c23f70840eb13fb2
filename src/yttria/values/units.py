"""One unit per dimension inside (mm, mL, g, Bq, J, Gy, fractions, seconds); every other unit is converted where files are read and written.

Scalars carry their unit as a type, so a swapped argument is a type error. The constants below are the doors' multipliers.

Source
------
Exact SI and CODATA 2018 values; 1 Ci = 37 GBq exactly (BIPM SI Brochure, 2019).
"""

from typing import NewType

Gy = NewType("Gy", float)
Bq = NewType("Bq", float)
Ml = NewType("Ml", float)
Gram = NewType("Gram", float)
Mm = NewType("Mm", float)
Share = NewType("Share", float)

BQ_PER_MBQ = 1e6
BQ_PER_GBQ = 1e9
BQ_PER_MCI = 3.7e7
G_PER_KG = 1000.0
MG_PER_G = 1000.0
MM3_PER_ML = 1000.0
GY_PER_CGY = 0.01
SECONDS_PER_HOUR = 3600.0
JOULE_PER_MEV = 1.602176634e-13

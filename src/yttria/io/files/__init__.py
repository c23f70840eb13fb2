"""Files named on the command line: an activity or dose image, structures, a target grid."""

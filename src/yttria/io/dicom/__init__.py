"""DICOM: one room an object kind, all on one plan (`read_x`, `write_x`)."""

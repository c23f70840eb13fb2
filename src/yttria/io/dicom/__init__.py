"""DICOM: one module an object kind, all on one plan (`read_x`, `write_x`)."""

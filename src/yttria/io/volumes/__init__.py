"""Volumes that are not DICOM: NIfTI, NRRD, MetaImage."""

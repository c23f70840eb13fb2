#!/bin/sh
# Refuse files that are DICOM whatever their name: DICM stands at byte 128. Names of files alone are said, never what they hold.
set -eu
found=0
for file in "$@"; do
    if [ "$(dd if="$file" bs=1 skip=128 count=4 2>/dev/null | tr -d '\000')" = DICM ]; then
        printf '%s is DICOM: images of patients stay out of the repository\n' "$file" >&2
        found=1
    fi
done
exit "$found"

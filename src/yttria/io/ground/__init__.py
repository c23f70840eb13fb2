"""What all readers and writers share."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.ground.cell_text import Set, pieces, set_cell, widths
    from yttria.io.ground.compiled_functions import set_compiled_folder
    from yttria.io.ground.control_characters import CONTROL, ascii_json, escaped_control, spelled_control
    from yttria.io.ground.memory import require_memory, require_memory_left
    from yttria.io.ground.negative_voxels import without_negative
    from yttria.io.ground.regular_files import (
        DANGLING,
        NOT_REGULAR,
        UNREADABLE,
        UnopenedFile,
        folder_files,
        is_regular,
        leaves_folder,
        require_file,
        require_regular,
        text_within,
    )
    from yttria.io.ground.structure_roles import (
        IGNORE,
        SEVERAL,
        VOLUME_ROLES,
        assign,
        is_another_liver,
        only_side,
        plain,
        require_known,
        role_by_name,
        role_words,
        side_by_name,
        side_of_liver,
        stated_role,
    )
    from yttria.io.ground.toml_model import read_toml_model
    from yttria.io.ground.toml_text import read_toml
    from yttria.io.ground.writable_folder import writable_folder
    from yttria.io.ground.zip_archive import is_archive, unpacked

__all__ = [
    "CONTROL",
    "DANGLING",
    "IGNORE",
    "NOT_REGULAR",
    "SEVERAL",
    "UNREADABLE",
    "VOLUME_ROLES",
    "Set",
    "UnopenedFile",
    "ascii_json",
    "assign",
    "escaped_control",
    "folder_files",
    "is_another_liver",
    "is_archive",
    "is_regular",
    "leaves_folder",
    "only_side",
    "pieces",
    "plain",
    "read_toml",
    "read_toml_model",
    "require_file",
    "require_known",
    "require_memory",
    "require_memory_left",
    "require_regular",
    "role_by_name",
    "role_words",
    "set_cell",
    "set_compiled_folder",
    "side_by_name",
    "side_of_liver",
    "spelled_control",
    "stated_role",
    "text_within",
    "unpacked",
    "widths",
    "without_negative",
    "writable_folder",
]

set_lazy_exports(
    __name__,
    {
        "cell_text": "Set pieces set_cell widths",
        "compiled_functions": "set_compiled_folder",
        "control_characters": "CONTROL ascii_json escaped_control spelled_control",
        "memory": "require_memory require_memory_left",
        "negative_voxels": "without_negative",
        "regular_files": "DANGLING NOT_REGULAR UNREADABLE UnopenedFile folder_files is_regular leaves_folder require_file require_regular text_within",
        "structure_roles": "IGNORE SEVERAL VOLUME_ROLES assign is_another_liver only_side plain require_known role_by_name role_words side_by_name side_of_liver stated_role",
        "toml_model": "read_toml_model",
        "toml_text": "read_toml",
        "writable_folder": "writable_folder",
        "zip_archive": "is_archive unpacked",
    },
)

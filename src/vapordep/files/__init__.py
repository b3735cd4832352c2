"""The users' files: YAML 1.2 with line numbers, schemas with units, and writing that is whole or not at all."""

from vapordep.files.atomic import atomic_write
from vapordep.files.document import MAX_BYTES, MAX_DEPTH, Document, KeyPath, Value, parse_yaml, read_yaml
from vapordep.files.schema import FileModel, dimension_of, finding, quantity, refuse_other, validate, validation_errors
from vapordep.files.shipped import data_folder

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Document",
    "FileModel",
    "KeyPath",
    "Value",
    "atomic_write",
    "data_folder",
    "dimension_of",
    "finding",
    "parse_yaml",
    "quantity",
    "read_yaml",
    "refuse_other",
    "validate",
    "validation_errors",
]

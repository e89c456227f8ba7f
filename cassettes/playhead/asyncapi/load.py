"""Bytes into a document. Knows the steps, and what each may raise."""

from __future__ import annotations

from playhead.asyncapi import keywords, syntax
from playhead.asyncapi.channels import Builder
from playhead.asyncapi.model import Document
from playhead.asyncapi.pointers import Root
from playhead.errors import InputError


def load(data: bytes, name: str) -> Document:
    """The AsyncAPI document, 2.x or 3.x, that `data` holds as JSON or YAML.

    `name` is what messages call it. Raises `InputError` (exit code 3) with the place where the document is
    not what it should be, and `MissingExtra` where jsonschema, or PyYAML for YAML, is not installed.
    """
    root = Root(syntax.parse(data, name), name)
    try:
        builder = Builder(root)
        document = builder.document()
    except RecursionError:
        raise InputError(f"{name}: its references lead round in a circle, or too deep") from None
    for place in builder.bundler.sources.values():
        wrong = keywords.check_schema(place.value)
        if wrong is not None:
            pointer, reason = wrong
            raise InputError(f"{name}, {place.pointer}{pointer}: no JSON Schema: {reason}")
    return document

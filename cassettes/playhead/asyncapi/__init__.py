"""Channels and messages by AsyncAPI: documents read, events held against them, documents written.

Pure: takes bytes and exchanges, touches no file. jsonschema and PyYAML are imported when they are needed.

    document = asyncapi.load(Path("api.yaml").read_bytes(), "api.yaml")
    contract = asyncapi.Contract(document)
    findings = [finding for exchange in cassette.exchanges for finding in contract.validate(exchange)]
"""

from playhead.asyncapi.load import load
from playhead.asyncapi.model import Document
from playhead.asyncapi.rules import EXPLANATION, SEVERITY, Breach
from playhead.asyncapi.validate import Contract, validate

__all__ = ["EXPLANATION", "SEVERITY", "Breach", "Contract", "Document", "load", "validate"]

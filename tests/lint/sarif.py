"""What SARIF 2.1.0 says of the objects that Playhead writes, in our own words as a JSON Schema.

Only those members are allowed that the standard defines and Playhead writes; what the standard requires is
required. Source: OASIS SARIF 2.1.0, sections 3.13 (sarifLog), 3.14 (run), 3.18 and 3.19 (tool), 3.20
(invocation), 3.27 (result), 3.28 to 3.33 (location), 3.49 (reportingDescriptor), 3.58 (notification).
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def thing(required: tuple[str, ...] = (), **members: Schema) -> Schema:
    return {
        "type": "object",
        "properties": members,
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items} | more


TEXT: Schema = {"type": "string", "minLength": 1}
MESSAGE = thing(("text",), text=TEXT)
LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
FINGERPRINTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
LOCATION = thing(
    physicalLocation=thing(
        artifactLocation=thing(uri={"type": "string", "pattern": r"^[!#-;=?-Z_a-z~%]+$"}),
        region=thing(startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=array(thing(name=TEXT, fullyQualifiedName=TEXT, kind=TEXT), uniqueItems=True),
)
DESCRIPTOR = thing(
    ("id",),
    id=TEXT,
    name={"type": "string", "pattern": "^[A-Za-z0-9]+$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=thing(level=LEVEL),
    properties=thing(tags=array(TEXT, uniqueItems=True)),
)
RESULT = thing(
    ("message",),
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=array(LOCATION),
    partialFingerprints=FINGERPRINTS,
)
NOTIFICATION = thing(("message",), level=LEVEL, message=MESSAGE, locations=array(LOCATION))
RUN = thing(
    ("tool",),
    tool=thing(
        ("driver",),
        driver=thing(("name",), name=TEXT, version=TEXT, rules=array(DESCRIPTOR, uniqueItems=True)),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=array(
        thing(
            ("executionSuccessful",),
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=array(NOTIFICATION),
        )
    ),
    results=array(RESULT),
)
SARIF = thing(
    ("version", "runs"),
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"enum": ["2.1.0"]},
    runs=array(RUN, minItems=0),
)

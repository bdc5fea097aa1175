# SPDX-License-Identifier: MIT
"""The part of JSON Schema 2020-12 that docs/record.schema.json uses, and no more."""
import re

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
WORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "required",
    "properties", "additionalProperties", "items", "prefixItems", "minItems", "maxItems", "enum",
    "pattern", "minimum", "maximum",
}


def check_object(root, schema, value, path):
    for key in schema.get("required", []):
        if key not in value:
            yield f"{path}: {key} is missing"
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for key, member in value.items():
        if key in known:
            yield from errors(root, known[key], member, f"{path}.{key}")
        elif more is False:
            yield f"{path}.{key}: not known"
        elif more is not True:
            yield from errors(root, more, member, f"{path}.{key}")


def check_array(root, schema, value, path):
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{path}: has {len(value)} items"
    first = schema.get("prefixItems", [])
    for i, item in enumerate(value):
        of = first[i] if i < len(first) else schema.get("items", {})
        yield from errors(root, of, item, f"{path}[{i}]")


def errors(root, schema, value, path="record"):
    """Yields a sentence for each way in which value does not fit schema."""
    unknown = set(schema) - WORDS
    if unknown:
        raise NotImplementedError(f"{path}: schema uses {sorted(unknown)}")
    if "$ref" in schema:
        yield from errors(root, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, path)
    types = schema.get("type", list(TYPES))
    types = [types] if isinstance(types, str) else types
    if not any(TYPES[t](value) for t in types):
        yield f"{path}: {value!r:.40} is no {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r:.40} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: {value!r:.40} does not match {schema['pattern']}"
    if TYPES["number"](value):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{path}: {value} is out of range"
    if isinstance(value, dict):
        yield from check_object(root, schema, value, path)
    if isinstance(value, list):
        yield from check_array(root, schema, value, path)

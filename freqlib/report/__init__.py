"""Report: result tables, claims, figures, and the runner that executes and publishes notebooks."""

import sys

# jsonschema, by which nbformat checks notebooks, loads this grammar of web addresses wherever it is installed. That
# takes seconds in every process, for a format that notebooks do not have; to jsonschema it is optional.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

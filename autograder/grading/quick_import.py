"""Imported before nbformat in a program of ours: spares it two seconds.

nbformat imports jsonschema, which builds a parser for internationalised addresses (rfc3987_syntax) in case somebody has
their format checked. Notebooks have none to be checked, and jsonschema does without where the parser is missing.
"""

import sys
from types import ModuleType
from typing import cast

sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))

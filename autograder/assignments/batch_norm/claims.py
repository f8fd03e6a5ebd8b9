"""The claims of all misconceptions, by question and slug."""

from __future__ import annotations

from . import claims_of_functions, claims_of_gradients, claims_of_layers, claims_of_networks
from .claim_tools import CLAIMS

__all__ = ["CLAIMS", "claims_of_functions", "claims_of_gradients", "claims_of_layers", "claims_of_networks"]

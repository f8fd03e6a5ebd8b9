"""The claims of all misconceptions, by question and slug."""

from __future__ import annotations

from . import (
    claims_of_batch_norm,
    claims_of_conv_net,
    claims_of_conv_net_parts,
    claims_of_error_ratio,
    claims_of_evaluate,
    claims_of_evaluate_traces,
    claims_of_gradient_forms,
    claims_of_gradients,
    claims_of_layer_output,
    claims_of_layer_statistics,
    claims_of_standardise,
)
from .claim_tools import CLAIMS

__all__ = [
    "CLAIMS",
    "claims_of_batch_norm",
    "claims_of_conv_net",
    "claims_of_conv_net_parts",
    "claims_of_error_ratio",
    "claims_of_evaluate",
    "claims_of_evaluate_traces",
    "claims_of_gradient_forms",
    "claims_of_gradients",
    "claims_of_layer_output",
    "claims_of_layer_statistics",
    "claims_of_standardise",
]

"""What each hint says, as something that can be found out of an answer: see the modules of each question."""

from __future__ import annotations

from .claim_tools import Claims
from .claims_batches import CLAIMS as BATCHES
from .claims_fit import CLAIMS as FIT
from .claims_functions import CLAIMS as FUNCTIONS
from .claims_losses import CLAIMS as LOSSES
from .claims_modules import CLAIMS as MODULES
from .claims_optimizer import CLAIMS as OPTIMIZER

CLAIMS: Claims = {**FUNCTIONS, **LOSSES, **MODULES, **BATCHES, **OPTIMIZER, **FIT}

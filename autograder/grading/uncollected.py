"""Imported first in the process that judging processes are forked from: importing there collects no garbage.

What modules hold stays for good; going through all of it again and again takes a fifth of the time. Each process that
is forked collects again.
"""

import gc

gc.disable()

"""The sockets of a kernel, in the order in which they are made outside and inherited."""

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")

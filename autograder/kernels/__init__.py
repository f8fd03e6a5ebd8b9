"""The trusted side of student kernels: what starts, watches and ends them. Nothing here is ever in a sandbox."""

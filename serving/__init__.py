"""The run side: follow the log, admit, predict, watch. Imports the kernel, never the pipelines.

In the order in which a promotion passes through it:

* ``source``      fetch the remote into quarantine, refuse what does not extend what was seen, let the kernel judge
* ``high_water``  what was seen, on disk, so that a restart cannot be rolled back
* ``admission``   the kernel's snapshot becomes an immutable table of routes, swapped by one assignment
* ``predict``     one request: bytes in, findings or predictions with their lineage out
* ``window``      what was asked lately, binned; ``drift`` compares it with the training data
* ``audit_log``   everything that happened, hash-chained; ``audit_walk`` walks the chain
* ``app``         the routes; ``protocol`` and ``body`` hold what a stranger may send
* ``server``      all of it in one process, on one state folder

Nothing here can load a pickle: see ``no_pickle``.
"""

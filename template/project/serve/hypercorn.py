"""Hypercorn's configuration: what has no option on its command line."""

import logging
import signal

worker_class = "uvloop"
keep_alive_timeout = 10
include_server_header = False
accesslog = logging.getLogger("hypercorn.access")
errorlog = logging.getLogger("hypercorn.error")

# The master terminates all workers when the first has ended. They inherit that the signal is
# ignored, and so finish their requests; the master sets a handler of its own.
signal.signal(signal.SIGTERM, signal.SIG_IGN)

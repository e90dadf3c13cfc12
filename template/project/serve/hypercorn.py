"""Hypercorn settings that have no command-line option."""

import logging
import signal

worker_class = "uvloop"
keep_alive_timeout = 10
websocket_max_message_size = 65_536
include_server_header = False
accesslog = logging.getLogger("hypercorn.access")
errorlog = logging.getLogger("hypercorn.error")

# When the first worker ends, the master terminates the others. They inherit the ignored signal,
# so they finish their requests. The master sets a handler of its own.
signal.signal(signal.SIGTERM, signal.SIG_IGN)

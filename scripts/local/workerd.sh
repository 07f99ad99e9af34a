#!/bin/sh
# Ctrl-C, and the end of a terminal, reach every process of it. The runtime must outlive them for as long as it takes to
# write what is queued in its memory; scripts/local/runtime.ts ends it then.
trap '' INT TERM HUP
if [ -n "$POSTERN_DISCARD_LOG" ]; then exec "$POSTERN_WORKERD" "$@" >/dev/null; fi
exec "$POSTERN_WORKERD" "$@"

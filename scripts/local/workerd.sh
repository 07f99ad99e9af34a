#!/bin/sh
# Ctrl-C goes to every process of the terminal. The runtime must outlive it for as long as what is queued in its memory
# needs to be written; scripts/local/runtime.ts ends it then.
trap '' INT
exec "$POSTERN_WORKERD" "$@"

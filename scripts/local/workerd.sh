#!/bin/sh
# Ctrl-C, and the end of a terminal, reach every process of it. The runtime must outlive them for as long as it takes to
# write what is queued in its memory; scripts/local/runtime.ts ends it then.
trap '' INT TERM HUP
# If whatever started it is killed, the runtime would answer 200 for a minute, and lose what it takes.
if setpriv --pdeathsig KILL true 2>/dev/null; then
  set -- setpriv --pdeathsig KILL "$POSTERN_WORKERD" "$@"
else
  (while kill -0 "$PPID" && kill -0 "$$"; do sleep 0.2; done; kill -9 "$$") </dev/null >/dev/null 2>&1 3>&- &
  set -- "$POSTERN_WORKERD" "$@"
fi
if [ -n "$POSTERN_DISCARD_LOG" ]; then exec "$@" >/dev/null; fi
exec "$@"

/**
 * The header of every delivery that Postern sends. The gateway refuses a delivery that has it: a destination that leads to a gateway, also by
 * way of an alias or a forwarding app, would otherwise send its own events to itself without end.
 */
export const HOP_HEADER = 'postern-hop'

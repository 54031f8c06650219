"""What staff can do, once, for the command line, the pages and the bots: each function checks role and area,
writes, leaves a line in the audit log and wakes whoever sends."""

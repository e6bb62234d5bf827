/* One row: the position of the last event that this read model holds, and the digest of the record there. */
SELECT position, digest FROM meta

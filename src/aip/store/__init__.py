"""Bytes on disk: whole files, the HDF5 layout, checksums and digests."""

# Of all files that the store writes. Raised where what is read back would be something else, it has
# every artifact made again; nothing else about the store does.
LAYOUT_VERSION = 1

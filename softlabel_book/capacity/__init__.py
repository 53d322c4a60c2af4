"""Capacity: when hard labels make a model falsely certain, and what soft labels add once a temperature has mended that."""

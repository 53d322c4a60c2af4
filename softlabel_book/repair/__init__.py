"""Repair: what votes on a few hundred items buy for a model that was trained on hard labels, by what is done with them."""

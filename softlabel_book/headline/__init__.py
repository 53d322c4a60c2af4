"""Headline: soft against hard labels over all data sets, beside the claim of the paper."""

"""Sets: what only the book says of a data set."""

PRIMARY = ("chaosnli", "politeness", "cifar10h")  # the paper's three, as far as is known
BESIDE = ("offensiveness",)
EVERY = (*PRIMARY, *BESIDE)
WITH_PARTS = ("chaosnli",)  # whose parts stand beside the whole in the headline

"""Vote curves: what each vote an item buys."""

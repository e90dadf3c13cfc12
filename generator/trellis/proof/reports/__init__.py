"""The report of the proof, and its progress."""

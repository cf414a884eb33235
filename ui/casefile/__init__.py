"""The parts of the page of one case: why it waits, open lists, relatives, what counts no more, cancelling, opening again."""

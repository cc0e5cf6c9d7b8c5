"""The statements about imports: the job and its pieces, the merge of a slice, taking it back, what pages list."""

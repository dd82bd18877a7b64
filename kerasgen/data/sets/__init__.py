"""One file per data set. Each defines `DATA_SET`, a `DataSet` named like its file; names that begin with "_" are skipped.

To add one, add a file: it is found by its name, and imported only on demand. Its `parse` turns the contents of its files into
{split: {field: array}}, with lists of texts and sequences as in `kerasgen.data.ragged`. Its test is also a file of its own,
tests/data/sets/test_<name>.py, with a few lines in the format of the real files. Counts and hashes are what
`kerasgen.data.ragged.count` and `kerasgen.data.fingerprint` return for the real ones.
"""

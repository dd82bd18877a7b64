"""One file a data set. Each defines `DATA_SET`, a `DataSet` named as its file; names that begin with "_" are not looked at.

To add one, add a file: it is found by its name, and imported only when somebody asks for it. Its `parse` makes
{split: {field: array}} of the contents of its files, with lists of texts and sequences as in `kerasgen.data.ragged`. Its test
is a file of its own too, tests/data/sets/test_<name>.py, with a few lines in the format of the real files. Counts and hashes
are what `kerasgen.data.ragged.count` and `kerasgen.data.fingerprint` give for the real ones.
"""

"""Language models: texts as sequences of tokens."""

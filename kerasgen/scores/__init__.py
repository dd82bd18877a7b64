"""The numbers that a recipe reports: functions that take what `Recipe.score` and `Recipe.validate` take and return `Score`s.

judged.py needs a judge of the zoo that knows the classes; labelled.py also needs a generator that takes labels; features.py
needs an encoder trained without labels. judges.py and encoders.py score those judges and encoders. text.py and bits.py are for
probabilities, loss.py and pixels.py for whatever a user brings; criteria.py chooses among them.
"""

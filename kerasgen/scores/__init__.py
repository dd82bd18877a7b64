"""Which numbers a recipe reports: functions that take what `Recipe.score` and `Recipe.validate` take and give `Score`s.

judged.py needs a judge of the zoo that knows the classes, labelled.py a generator that takes labels as well, features.py an
encoder trained without labels; judges.py and encoders.py score those themselves. text.py and bits.py are for probabilities,
loss.py and pixels.py for whatever a user brings; criteria.py chooses among them.
"""

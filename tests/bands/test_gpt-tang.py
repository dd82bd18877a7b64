"""The Transformer of Tang poems still writes the form that was asked for."""

import kerasgen

FORMS = {"五绝": (5, 4), "七绝": (7, 4), "五律": (5, 8), "七律": (7, 8)}


def test_it_writes_the_form_that_was_asked_for():
    model, right = kerasgen.load("gpt-tang"), []
    for form, (characters, lines) in FORMS.items():
        for poem in model.sample(2, form=form, seed=5):
            found = [len(line) for line in poem.replace("\n", "").replace("。", "，").split("，") if line]
            right.append(found == [characters] * lines)
    assert sum(right) >= 7

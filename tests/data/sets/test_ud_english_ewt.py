"""UD English-EWT: words with universal parts of speech."""

from kerasgen.data import to_sequences
from kerasgen.data.sets import ud_english_ewt

CONLLU = """\
# sent_id = 1
# text = I don't.
1\tI\tI\tPRON\tPRP\t_\t2\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tdo\tdo\tAUX\tVBP\t_\t0\troot\t_\t_
3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_
3.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

# sent_id = 2
1\tYes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_

"""


def test_ranges_and_empty_nodes_are_passed_over(tiny, strings):
    splits = tiny("ud_english_ewt", {f"en_ewt-ud-{name}.conllu": CONLLU.encode() for name in ("train", "dev", "test")})
    fields = splits["validation"]
    assert to_sequences(strings(fields, "token"), fields["length"]) == [["I", "do", "n't", "."], ["Yes"]]
    assert [ud_english_ewt.UPOS[i] for i in fields["upos"]] == ["PRON", "AUX", "PART", "PUNCT", "INTJ"]
    assert len(ud_english_ewt.UPOS) == 17

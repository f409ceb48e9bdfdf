"""How messages are collected for the catalogues."""

from foundation.management.commands.catalogue import Words, messages_of_python, messages_of_template


def test_a_context_tells_the_same_words_apart() -> None:
    source = 'a = _("提交")\nb = pgettext_lazy("done", "提交")\nc = gettext_noop("导入")\n'
    assert list(messages_of_python(source)) == [Words("提交"), Words("提交", "done"), Words("导入")]
    template = '{% translate "环节" context "several" %}{% translate "环节" %}{{ x|default:_("无") }}'
    assert list(messages_of_template(template)) == [Words("环节", "several"), Words("环节"), Words("无")]

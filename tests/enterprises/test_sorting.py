from enterprises.sorting import looks_like_pinyin, pinyin_key, squeeze


def test_names_sort_as_in_a_dictionary():
    names = ["西安电力机械", "先导智能", "宁德时代", "重庆长安", "ABB 中国", "3M 中国"]
    assert sorted(names, key=pinyin_key) == ["3M 中国", "ABB 中国", "重庆长安", "宁德时代", "西安电力机械", "先导智能"]


def test_the_key_keeps_letters_and_digits_and_drops_the_rest():
    assert pinyin_key("绿源（Green）Co., Ltd. 6201") == "lv yuan green co ltd 6201"
    assert pinyin_key("㈱！") == ""


def test_the_key_fits_its_column():
    assert len(pinyin_key("装" * 400)) <= 400
    assert not pinyin_key("装" * 400).endswith(" ")


def test_typed_pinyin_is_recognised_and_squeezed():
    assert looks_like_pinyin("ning de shidai")
    assert looks_like_pinyin("Xi'an")
    assert not looks_like_pinyin("宁德")
    assert not looks_like_pinyin("6201")
    assert squeeze("Ning De-shi'dai") == "ningdeshidai"

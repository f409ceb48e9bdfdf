"""Stage 5: an interest is sent, answered, withdrawn; contacts only after acceptance; nobody else learns of it."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chains import cooperation
from chains.cards import cards
from chains.models import Interest, Match
from enterprises import posting
from enterprises.models import Enterprise, Post
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Notice
from tests.chains.market import Market, firm, market, match_all, post
from tests.factories import MemberFactory, owner_of

pytestmark = pytest.mark.django_db

HELLO = "我们每月需要 500 套，想了解样品和价格。"


def send(m: Market) -> Interest:
    return cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message=HELLO)


def refusal(call: object) -> str:
    with pytest.raises(RefusedError) as refused:
        call()  # type: ignore[operator]
    return refused.value.code


def test_an_interest_reaches_the_other_firm() -> None:
    m = market()
    interest = send(m)
    assert (interest.sender, interest.receiver, interest.state) == (m.buyer, m.seller, "sent")
    notice = Notice.objects.get(kind="interest.sent")
    assert notice.user == m.seller_user
    assert str(m.buyer) in notice.message
    assert AuditEntry.objects.filter(action="interest.sent", firm_id=m.buyer.pk).count() == 1


def test_the_seller_may_write_first() -> None:
    m = market()
    interest = cooperation.send(by=m.seller_user, firm=m.seller, match=m.match, message=HELLO)
    assert (interest.sender, interest.receiver) == (m.seller, m.buyer)


def test_contacts_are_shown_to_both_after_acceptance_and_not_before() -> None:
    m = market()
    Enterprise.objects.filter(pk=m.buyer.pk).update(contact_phone="025-1111")
    Enterprise.objects.filter(pk=m.seller.pk).update(contact_phone="028-2222")
    interest = Interest.objects.get(pk=send(m).pk)
    assert cooperation.contacts(interest=interest, firm=m.buyer) is None
    assert cooperation.contacts(interest=interest, firm=m.seller) is None
    accepted = cooperation.accept(by=m.seller_user, interest=interest)
    for side, phone in ((m.buyer, "028-2222"), (m.seller, "025-1111")):
        found = cooperation.contacts(interest=accepted, firm=side)
        assert found is not None
        assert found["phone"] == phone
    assert cooperation.contacts(interest=accepted, firm=m.stranger) is None
    assert set(Post.objects.values_list("status", flat=True)) == {"negotiating"}
    assert Notice.objects.get(kind="interest.accepted").user == m.buyer_user


def test_declining_says_why_and_shows_no_contact() -> None:
    m = market()
    interest = send(m)
    assert refusal(lambda: cooperation.decline(by=m.seller_user, interest=interest, answer=" ")) == "message_missing"
    row = cooperation.decline(by=m.seller_user, interest=interest, answer="本季度产能已满")
    assert (row.state, row.answer) == ("declined", "本季度产能已满")
    assert cooperation.contacts(interest=row, firm=m.buyer) is None
    assert refusal(lambda: send(m)) == "declined_before"


def test_a_withdrawn_interest_may_be_sent_again() -> None:
    m = market()
    cooperation.withdraw(by=m.buyer_user, interest=send(m))
    assert send(m).state == "sent"
    assert Interest.objects.count() == 2


def test_an_answered_interest_cannot_be_answered_again() -> None:
    m = market()
    interest = send(m)
    cooperation.accept(by=m.seller_user, interest=interest)
    assert refusal(lambda: cooperation.decline(by=m.seller_user, interest=interest, answer="不")) == "not_open"
    assert refusal(lambda: cooperation.withdraw(by=m.buyer_user, interest=interest)) == "not_open"


def test_each_side_does_only_its_own_part() -> None:
    m = market()
    interest = send(m)
    viewer = MemberFactory(enterprise=m.seller, role="viewer").user
    for user in (m.buyer_user, m.stranger_user, viewer):
        assert refusal(lambda u=user: cooperation.accept(by=u, interest=interest)) == "not_allowed"
        assert refusal(lambda u=user: cooperation.decline(by=u, interest=interest, answer="不")) == "not_allowed"
    assert refusal(lambda: cooperation.withdraw(by=m.seller_user, interest=interest)) == "not_allowed"


@pytest.mark.parametrize("text", ["电话 13812345678", "加微信 wxid_abc123", "写信到 a@b.com", "请看 https://a.com"])
def test_contact_data_in_a_message_are_refused(text: str) -> None:
    m = market()
    call = lambda: cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message=text)  # noqa: E731
    assert refusal(call) == "contact_in_text"
    assert not Interest.objects.exists()


def test_nothing_is_sent_about_a_match_that_ended_or_is_not_ones_own() -> None:
    m = market()
    match = m.match
    not_mine = lambda: cooperation.send(by=m.stranger_user, firm=m.stranger, match=match, message=HELLO)  # noqa: E731
    assert refusal(not_mine) == "match_ended"
    Post.objects.filter(pk=m.offer.pk).update(status="withdrawn", ended_at=timezone.now())
    assert refusal(lambda: cooperation.send(by=m.buyer_user, firm=m.buyer, match=match, message=HELLO)) == "match_ended"


def test_a_second_one_is_refused_while_the_first_is_open_from_either_side() -> None:
    m = market()
    send(m)
    assert refusal(lambda: send(m)) == "already_sent"
    back = lambda: cooperation.send(by=m.seller_user, firm=m.seller, match=m.match, message=HELLO)  # noqa: E731
    assert refusal(back) == "already_sent"


def test_an_own_new_version_opens_no_second_interest() -> None:
    m = market()
    interest = send(m)
    posting.edit(post=m.wanted, by=m.buyer_user, quantity=5, unit="t")
    match_all()
    assert m.match != interest.match
    back = lambda: cooperation.send(by=m.seller_user, firm=m.seller, match=m.match, message=HELLO)  # noqa: E731
    assert refusal(lambda: send(m)) == refusal(back) == "already_sent"
    cooperation.decline(by=m.seller_user, interest=interest, answer="本季度产能已满")
    assert refusal(lambda: send(m)) == "declined_before"


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_after_a_refusal_the_other_firm_has_to_change_its_post_first(side: str) -> None:
    m = market()
    one, other = (m.buyer, m.seller) if side == "buyer" else (m.seller, m.buyer)
    own, others = (m.wanted, m.offer) if side == "buyer" else (m.offer, m.wanted)
    call = lambda: cooperation.send(by=owner_of(one), firm=one, match=m.match, message=HELLO)  # noqa: E731
    cooperation.decline(by=owner_of(other), interest=call(), answer="不合适")
    posting.edit(post=own, by=owner_of(one), quantity=5, unit="t")
    match_all()
    assert refusal(call) == "declined_before"
    posting.edit(post=others, by=owner_of(other), quantity=6, unit="t")
    match_all()
    assert call().state == "sent"


def test_a_card_shows_the_interest_that_waits_whatever_was_edited_since() -> None:
    m = market()
    interest = send(m)
    posting.edit(post=m.wanted, by=m.buyer_user, quantity=5, unit="t")
    match_all()
    for firm_, user in ((m.buyer, m.buyer_user), (m.seller, m.seller_user)):
        (card,) = cards(matches=[m.match], firm=firm_, user=user)
        assert card.interest == interest


def test_rivals_learn_nothing_of_each_other() -> None:
    m = market()
    rival = firm(place="湖北")
    offer = post(rival)
    match_all()
    before = Notice.objects.count()
    send(m)
    cooperation.accept(by=m.seller_user, interest=Interest.objects.get())
    user = owner_of(rival)
    assert not Interest.objects.visible_to(user).exists()
    assert not Notice.objects.filter(user=user, pk__gt=before, kind__startswith="interest").exists()
    assert Match.objects.live().filter(demand=m.wanted, supply=offer).exists()


@pytest.mark.django_db(transaction=True)
def test_of_eight_parallel_interests_one_is_sent() -> None:
    m = market()
    user, match = m.buyer_user, m.match
    codes: list[str] = []
    barrier = threading.Barrier(8)

    def attempt() -> None:
        barrier.wait(10)
        try:
            cooperation.send(by=user, firm=m.buyer, match=match, message=HELLO)
            codes.append("sent")
        except RefusedError as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    _run_all([threading.Thread(target=attempt) for _ in range(8)])
    assert sorted(codes) == ["already_sent"] * 7 + ["sent"]
    assert Interest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_parallel_answers_one_counts() -> None:
    m = market()
    interest = send(m)
    user, codes, barrier = m.seller_user, [], threading.Barrier(6)

    def attempt(number: int) -> None:
        barrier.wait(10)
        try:
            if number % 2:
                cooperation.accept(by=user, interest=interest)
            else:
                cooperation.decline(by=user, interest=interest, answer="不合适")
            codes.append("done")
        except RefusedError as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    _run_all([threading.Thread(target=attempt, args=(number,)) for number in range(6)])
    assert sorted(codes) == ["done"] + ["not_open"] * 5
    assert AuditEntry.objects.filter(action__in=["interest.accepted", "interest.declined"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_an_edit_of_the_post_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    m = market()
    interest, user = send(m), m.seller_user
    record, post_is_held, answer_is_recorded = audit.record, threading.Event(), threading.Event()
    done: list[str] = []

    def slowly(**entry: Any) -> None:
        if entry["action"] == "post.edited":
            post_is_held.set()
            answer_is_recorded.wait(1)
        record(**entry)
        if entry["action"] == "interest.accepted":
            answer_is_recorded.set()

    def edit() -> None:
        try:
            posting.edit(post=m.offer, by=user, text="交期可议")
            done.append("edited")
        finally:
            connection.close()

    def answer() -> None:
        try:
            post_is_held.wait(10)
            cooperation.accept(by=user, interest=interest)
            done.append("accepted")
        finally:
            connection.close()

    monkeypatch.setattr(audit, "record", slowly)
    _run_all([threading.Thread(target=edit), threading.Thread(target=answer)])
    assert sorted(done) == ["accepted", "edited"]


def _run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_no_contacts_are_exchanged_with_a_firm_that_was_suspended(side: str) -> None:
    m = market()
    interest = send(m)
    Enterprise.objects.filter(pk=getattr(m, side).pk).update(status=Enterprise.Status.SUSPENDED)
    assert refusal(lambda: cooperation.accept(by=m.seller_user, interest=interest)) == "not_possible"
    assert Interest.objects.get().state == "sent"
    assert not Notice.objects.filter(kind="interest.accepted").exists()


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_no_contacts_are_exchanged_with_a_firm_that_is_kept_away_since(side: str) -> None:
    m = market()
    interest = send(m)
    one, other = (m.buyer, m.seller) if side == "buyer" else (m.seller, m.buyer)
    one.blocked.add(other)
    assert refusal(lambda: cooperation.accept(by=m.seller_user, interest=interest)) == "not_possible"
    assert Interest.objects.get().state == "sent"


def test_sending_and_taking_back_again_and_again_comes_to_an_end() -> None:
    m = market()
    for _ in range(cooperation.MOST_TAKEN_BACK):
        cooperation.withdraw(by=m.buyer_user, interest=send(m))
    assert refusal(lambda: send(m)) == "too_many"
    Interest.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert send(m).state == "sent"


def test_a_firm_sends_no_more_than_so_many_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    m = market()
    monkeypatch.setattr(cooperation, "MOST_A_DAY", 1)
    other = post(firm(place="湖南"))
    match_all()
    send(m)
    second = Match.objects.live().get(demand=m.wanted, supply=other)
    assert refusal(lambda: cooperation.send(by=m.buyer_user, firm=m.buyer, match=second, message=HELLO)) == "too_many"


def test_a_notice_leads_to_the_interest_whatever_hat_is_on(client: Client) -> None:
    m = market()
    person = m.seller_user
    elsewhere = MemberFactory(user=person, role="owner").enterprise
    interest = send(m)
    client.force_login(person)
    client.post("/hat/", {"hat": f"firm:{elsewhere.pk}"})
    assert client.get(f"/interests/{interest.pk}/").status_code == 200
    assert client.get(f"/interests/{interest.pk}/accept/").status_code == 200
    client.force_login(m.stranger_user)
    assert client.get(f"/interests/{interest.pk}/").status_code == 404
    assert client.get(f"/interests/{interest.pk}/accept/").status_code == 404


def test_whoever_may_not_see_a_post_any_more_reads_what_it_said_then(client: Client) -> None:
    m = market()
    interest = send(m)
    cooperation.decline(by=m.seller_user, interest=interest, answer="产能已满")
    old = m.offer.product
    posting.edit(
        post=m.offer,
        by=m.seller_user,
        visibility="invited",
        invited_firms=[m.stranger],
        product="秘密产品甲乙丙",
        quantity=Decimal(777),
        unit="t",
    )
    client.force_login(m.buyer_user)
    for address in (f"/interests/{interest.pk}/", "/interests/?box=out"):
        page = client.get(address).content.decode()
        assert "秘密产品" not in page
        assert "777" not in page
        assert old in page
    # On its way to another wording, with nothing kept: nothing is told.
    Post.objects.filter(pk=m.offer.pk).update(
        status="draft", version=interest.match.supply_version, product="另一个秘密"
    )
    page = client.get(f"/interests/{interest.pk}/").content.decode()
    assert "另一个秘密" not in page
    assert "已不再公开" in page

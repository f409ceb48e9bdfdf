"""From the first page to the wizard, and what is said of input that cannot be used."""

import re
from html import unescape

import pytest
from allauth.account import app_settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.enterprises.test_registration_pages import body, step
from tests.factories import EnterpriseFactory, owner_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("by_letter", [False, True])
def test_from_the_door_of_firms_by_way_of_signing_up_one_comes_to_the_wizard(client, monkeypatch, by_letter):
    monkeypatch.setattr(app_settings, "EMAIL_VERIFICATION", "mandatory" if by_letter else "optional")
    start = reverse("enterprises:registration-start")
    door = re.search(r'href="([^"]*signup[^"]*next[^"]*)"', body(client.get("/"))).group(1)
    page = body(client.get(unescape(door)))
    assert f'name="next" value="{start}"' in page
    password = "correct-horse-battery"
    email = f"new-{by_letter}@example.com".lower()  # letters to one address are counted, across tests too
    typed = {"email": email, "name": "新人", "password1": password, "password2": password, "next": start}
    answer = client.post("/accounts/signup/", typed)
    if not by_letter:
        assert answer.headers["Location"] == start
        return
    client = Client()  # the letter is opened elsewhere
    link = re.search(r"http://testserver(\S+)", mail.outbox[-1].body).group(1)
    assert f'name="next" value="{start}"' in body(client.get(link))
    assert client.post(link.partition("?")[0], {"next": start}).headers["Location"] == start
    login = client.get(start).headers["Location"]
    typed = {"login": email, "password": password, "next": start}
    assert client.post(login, typed).headers["Location"] == start


def test_two_passwords_that_differ_are_said_to_even_beside_another_fault(client):
    typed = {"email": "new@example.com", "name": "新人", "password1": "12345678", "password2": "87654321"}
    page = body(client.post("/accounts/signup/", typed))
    summary = page.partition("error-summary")[2].partition("</div>")[0]
    assert "两次输入的密码不一样" in summary
    assert summary.count("#id_password1") >= 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("website", "不是网址", "https://www.example.com"),
        ("contact_phone", "138", "太短"),
        ("contact_phone", "打这个", "数字"),
    ],
)
def test_a_contact_that_cannot_be_used_says_how_it_is_written(client, field, value, said):
    firm = EnterpriseFactory(owner=True)
    client.force_login(owner_of(firm))
    page = body(client.post(step(firm, "contacts"), {"contact_name": "王五", field: value}))
    assert said in page.partition(f'id="id_{field}_error"')[2].partition("</p>")[0]
    api = client.patch(f"/api/v1/my/firms/{firm.pk}/", {field: value}, content_type="application/json")
    assert (api.status_code, said in api.json()["message"]) == (400, True)

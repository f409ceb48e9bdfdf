"""Chains in the reader's language."""

import pytest
from django.test import Client
from django.utils import timezone

from chains.models import Chain, Link, Node
from foundation import jobs
from foundation.models import Job
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> Chain:
    chain = Chain.objects.create(
        slug="robot",
        name="工业机器人",
        name_en="Industrial robots",
        description="从钢到机器人。",
        description_en="Steel to robots.",
    )
    up, down = (Node.objects.create(chain=chain, slug=slug, name=slug) for slug in ("steel", "arms"))
    Link.objects.create(
        upstream=up,
        downstream=down,
        evidence="行业常识",
        evidence_en="Trade knowledge",
        source="示例数据",
        observed_on=timezone.localdate(),
        status=Link.Status.APPROVED,
    )
    return chain


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["从钢到机器人。", "行业常识", "示例数据"]),
        ("en", ["Steel to robots.", "Trade knowledge", "Example data"]),
    ],
)
def test_a_chain_is_described_in_the_readers_language(
    client: Client, chain: Chain, language: str, words: list[str]
) -> None:
    page = client.get("/chains/robot/", headers={"accept-language": language}).content.decode()
    assert [word for word in words if word not in page] == []
    assert words[0] in client.get("/chains/", headers={"accept-language": language}).content.decode()


def test_a_chain_without_english_keeps_its_own_words(client: Client, chain: Chain) -> None:
    Chain.objects.update(description_en="")
    assert "从钢到机器人。" in client.get("/chains/robot/", headers={"accept-language": "en"}).content.decode()


def test_what_a_rematch_found_is_said_in_words(client: Client) -> None:
    job = jobs.enqueue(kind="chains.rematch", key="all")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, finished_at=timezone.now(), result={"demands": 2835, "created": 13471, "orphans": 0}
    )
    client.force_login(UserFactory(operator=True))
    page = client.get("/operator/rematch/").content.decode()
    assert "处理的需求" in page
    assert "created" not in page

"""SES by SNS: signed messages of the expected topic alone, and the mail in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.inbound.parse import parse
from engine.outbound.events.event import OLDEST
from tests.engine.outbound.events import rigs
from tests.web.hooks import providers
from tests.web.hooks.providers import MAIL, Amazon, kept, received


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("encoding", ["BASE64", "UTF8"])
def test_ses_brings_the_mail_in_a_signed_message(client: FlaskClient, version: str, encoding: str) -> None:
    mail = MAIL if encoding == "BASE64" else "From: ada@example.org\r\n\r\nFixed it…\r\n".encode()

    answer = providers.ses(client, received(mail, encoding), version=version)

    assert answer.status_code == 200
    assert kept()[0].raw.endswith(mail)


def test_what_ses_found_of_the_sender_stands_above_the_mail(client: FlaskClient) -> None:
    providers.ses(client, received(MAIL, spf="PASS", dkim="GRAY", dmarc="FAIL", spam="FAIL"))

    assert parse(kept()[0].raw).authentication_results == ("mx.reply.test; spf=pass; dkim=none; dmarc=fail",)


@pytest.mark.parametrize("changed", [
    {"TopicArn": rigs.TOPIC + "2"}, {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.test/x.pem"},
    {"SigningCertURL": rigs.PAGE.replace("https", "http")}, {"SigningCertURL": rigs.PAGE.replace("sns.eu", "s3.eu")},
])  # fmt: skip
def test_a_message_of_another_topic_or_certificate_is_refused_unasked(
    client: FlaskClient, amazon: Amazon, changed: dict[str, Any]
) -> None:
    assert providers.ses(client, received(MAIL), **changed).status_code == 401
    assert (kept(), amazon.asked) == ([], [])


def test_a_changed_message_or_header_or_an_old_one_is_refused(client: FlaskClient) -> None:
    message = rigs.notification(json.dumps(received(MAIL)), datetime.now(UTC))
    old = rigs.notification(json.dumps(received(MAIL)), datetime.now(UTC) - OLDEST - timedelta(minutes=5))

    answers = [
        providers.sns(client, {**message, "Message": message["Message"].replace("ses-1", "ses-2")}),
        providers.sns(client, message, x_amz_sns_message_id="another"),
        providers.sns(client, message, x_amz_sns_message_type="SubscriptionConfirmation"),
        providers.sns(client, message, x_amz_sns_rawdelivery="true"),
        providers.sns(client, old),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert kept() == []


def test_a_mail_that_is_put_elsewhere_comes_again_until_the_rule_is_mended(client: FlaskClient) -> None:
    told = received(MAIL)
    told["receipt"]["action"] = {"type": "S3", "bucketName": "b", "objectKey": "k"}
    del told["content"]

    answer = providers.ses(client, told)

    assert answer.status_code == 503
    assert "S3" in answer.text
    assert "SNS" in answer.text


def test_the_expected_topic_is_confirmed_and_no_other(client: FlaskClient, amazon: Amazon) -> None:
    ours = rigs.confirmation(datetime.now(UTC))
    other = rigs.confirmation(datetime.now(UTC), TopicArn=rigs.TOPIC + "2")

    answers = [providers.sns(client, one).status_code for one in (other, ours)]

    assert answers == [401, 200]
    assert amazon.asked == [rigs.PAGE, ours["SubscribeURL"]]
    assert kept() == []


def test_without_the_certificate_amazon_comes_again(client: FlaskClient, amazon: Amazon) -> None:
    amazon.away = True

    assert providers.ses(client, received(MAIL)).status_code == 503
    assert kept() == []


def test_what_amazon_says_in_plain_words_is_taken_and_is_no_mail(client: FlaskClient) -> None:
    message = rigs.notification("Successfully validated SNS topic for Amazon SES event publishing.", datetime.now(UTC))

    assert providers.sns(client, message).status_code == 200
    assert kept() == []

"""Lets the webhook views of django-anymail judge deliveries: one JSON object a line in, one out.

In:  {"view": "postmark.PostmarkTrackingWebhookView", "settings": {…}, "url", "headers", "body": base64}
Out: {"accepted": true, "events": […]} or {"accepted": false, "why": "…"}
"""

import base64
import importlib
import json
import sys
import warnings

import django
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], ANYMAIL={}, SECRET_KEY="not used", USE_TZ=True)
django.setup()

from anymail.signals import tracking  # noqa: E402
from django.core.exceptions import SuspiciousOperation  # noqa: E402
from django.test import RequestFactory  # noqa: E402

warnings.simplefilter("ignore")
READ = ["event_type", "recipient", "message_id", "event_id", "reject_reason", "click_url", "user_agent", "tags", "metadata"]
found = []


def keep(sender, event, esp_name, **kwargs):
    fields = {name: getattr(event, name) for name in READ}
    at = event.timestamp
    found.append({**fields, "at_seconds": None if at is None else at.timestamp()})


def judged(asked):
    module, name = asked["view"].split(".")
    settings.ANYMAIL = asked["settings"]
    view = getattr(importlib.import_module(f"anymail.webhooks.{module}"), name).as_view()
    headers = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in asked["headers"].items()}
    content_type = headers.pop("HTTP_CONTENT_TYPE", "application/json")
    body = base64.b64decode(asked["body"])
    request = RequestFactory().generic("POST", asked["url"], body, content_type, secure=True, **headers)
    found.clear()
    try:
        view(request)
    except SuspiciousOperation as refusal:
        return {"accepted": False, "why": str(refusal)}
    return {"accepted": True, "events": list(found)}


tracking.connect(keep)
for line in sys.stdin:
    try:
        answer = judged(json.loads(line))
    except Exception as fault:  # A reader that fails has not accepted.
        answer = {"accepted": False, "why": repr(fault)}
    print(json.dumps(answer), flush=True)

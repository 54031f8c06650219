"""The calls of the fake Official Account API: each takes the state and what was sent, and gives the `data` back."""

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.zalo_oa_state import ADMIN, OaGroup, Sent, State

TEXT_LENGTH, GROUP_NAME = 2_000, 30
LARGEST_IMAGE, LARGEST_FILE = 1_000_000, 5_000_000
Json = dict[str, Any]


class OaError(Exception):
    """A refusal: HTTP 200, and this in `error`."""

    def __init__(self, error: int, message: str = "refused") -> None:
        super().__init__(message)
        self.error = error
        self.message = message


def group_message(state: State, body: Json) -> Json:
    group = find(state, _recipient(body, "group_id"))
    if group.disabled:
        raise OaError(-237, "group is disabled")
    sent = _keep(state, group.id, body, private=False)
    return {"message_id": sent.id, "group_id": group.id}


def private_message(state: State, body: Json) -> Json:
    person = _recipient(body, "user_id")
    if person not in state.in_window:
        raise OaError(-230, "user has not interacted with the OA in the past 7 days")
    sent = _keep(state, person, body, private=True)
    return {"message_id": sent.id, "user_id": person, "sent_time": "1700000000000"}


def _recipient(body: Json, kind: str) -> str:
    """A group's id at the top level, or of the wrong kind, is the pitfall people report."""
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or set(recipient) != {kind}:
        raise OaError(-201, "recipient is invalid")
    return str(recipient[kind])


def _keep(state: State, to: str, body: Json, *, private: bool) -> Sent:
    message = body.get("message")
    if not isinstance(message, dict) or not ({"text", "attachment"} & set(message)):
        raise OaError(-201, "message is invalid")
    text, attachment = message.get("text", ""), message.get("attachment")
    if "text" in message and not 1 <= len(text.encode("utf-16-le")) // 2 <= TEXT_LENGTH:
        raise OaError(-210, "text is too long")
    if attachment is not None:
        _check(state, attachment)
    sent = Sent(state.next_id(), to, private, text, attachment)
    state.sent.append(sent)
    state.note()
    return sent


def _check(state: State, attachment: Json) -> None:
    payload = attachment.get("payload", {})
    names = [payload.get("token")] if attachment.get("type") == "file" else []
    if attachment.get("type") == "template" and payload.get("template_type") == "media":
        names = [element.get("attachment_id") for element in payload["elements"]]
    if not names:
        raise OaError(-201, "attachment is invalid")
    if any(name not in state.uploads for name in names):
        raise OaError(-100, "attachment has expired")


def find(state: State, group_id: str) -> OaGroup:
    group = state.groups.get(group_id)
    if group is None or group.foreign or group.gone:
        raise OaError(-403, "group does not belong to this OA")
    return group


def row(group: OaGroup) -> Json:
    return {"group_id": group.id, "name": group.name, "group_link": f"https://zalo.example/g/{group.id}",
            "total_member": len(group.members), "status": "disabled" if group.disabled else "enabled"}  # fmt: skip


LARGEST_PAGE = 20  # the real one is not published: nobody may count on getting as many rows as they asked for


def _page(rows: list[Json], query: Json) -> list[Json]:
    offset, count = int(query.get("offset", 0)), min(int(query.get("count", 5)), LARGEST_PAGE)
    return rows[offset : offset + count]


def groups_of_oa(state: State, query: Json) -> Json:
    rows = [row(group) for group in state.groups.values() if not (group.foreign or group.gone)]
    return {"groups": _page(rows, query), "total": len(rows)}


def one_group(state: State, query: Json) -> Json:
    group = find(state, str(query.get("group_id")))
    return {"group_info": row(group), "asset_info": {"asset_id": group.asset}, "group_setting": {}}


def members(state: State, query: Json) -> Json:
    group = find(state, str(query.get("group_id")))
    rows: list[Json] = [{"oa_id": state.oa_id, "name": "Xã Mẫu", "avatar": ""}]
    rows += [{"user_id": person, "name": state.people[person], "avatar": ""} for person in group.members]
    return {"members": _page(rows, query), "total": len(rows)}


def conversation(state: State, query: Json) -> list[Json]:
    """What a group holds, the latest first."""
    group = find(state, str(query.get("group_id")))
    rows = [{"src": 0, "time": one.at, "type": "text" if one.text else "photo", "message": one.text,
             "message_id": one.id, "from_id": state.oa_id, "from_display_name": "Xã Mẫu"}
            for one in state.sent if one.to == group.id]  # fmt: skip
    rows += [{"src": 1, "time": int(event["timestamp"]), "type": "text", "message": event["message"]["text"],
              "message_id": event["message"]["msg_id"], "from_id": event["sender"]["id"],
              "from_display_name": state.people.get(event["sender"]["id"], "")}
             for event in state.said if event["recipient"]["id"] == group.id]  # fmt: skip
    return _page(sorted(rows, key=lambda row: -int(str(row["time"]))), query)


def profile(state: State, query: Json) -> Json:
    person = json.loads(str(query.get("data"))).get("user_id")
    if person not in state.people:
        raise OaError(-201, "user_id is invalid")
    return {"user_id": person, "display_name": state.people[person], "user_is_follower": True}


def quota(state: State, body: Json) -> list[Json]:
    if body.get("quota_owner") != "OA" or body.get("quota_type") not in {"sub_quota", "purchase_quota", "reward_quota"}:
        raise OaError(-201, "quota is invalid")
    if body["quota_type"] != "sub_quota":
        return []
    used = {group.asset: group.id for group in state.groups.values()}
    return [
        {"asset_id": asset, "status": "used" if asset in used else "available", "valid_through": "31/12/2026",
         "auto_renew": False, "used_id": used.get(asset, "")}
        for asset, size in state.assets.items() if size == body.get("product_type")
    ]  # fmt: skip


def create(state: State, body: Json) -> Json:
    people = body.get("member_user_ids", [])
    if not 1 <= len(str(body.get("group_name", ""))) <= GROUP_NAME or not people or ADMIN not in people:
        raise OaError(-201, "group is invalid")
    asset = str(body.get("asset_id"))
    if asset not in state.assets:
        raise OaError(-238, "asset is unusable")
    if any(group.asset == asset for group in state.groups.values()):
        raise OaError(-241, "asset is used")
    group = OaGroup(state.next_id(), body["group_name"], asset, list(people))
    state.groups[group.id] = group
    return row(group)


def invite(state: State, body: Json) -> Json:
    group, people = find(state, str(body.get("group_id"))), body.get("member_user_ids", [])
    if any(person not in state.in_window for person in people):
        raise OaError(-230, "user has not interacted with the OA in the past 7 days")
    group.members += [person for person in people if person not in group.members]
    return {}


CALLS: dict[tuple[str, str], Callable[[State, Json], Any]] = {
    ("POST", "/v3.0/oa/group/message"): group_message,
    ("POST", "/v3.0/oa/message/cs"): private_message,
    ("GET", "/v3.0/oa/group/getgroupsofoa"): groups_of_oa,
    ("GET", "/v3.0/oa/group/getgroup"): one_group,
    ("GET", "/v3.0/oa/group/listmember"): members,
    ("GET", "/v3.0/oa/group/conversation"): conversation,
    ("GET", "/v3.0/oa/user/detail"): profile,
    ("POST", "/v3.0/oa/quota/group"): quota,
    ("POST", "/v3.0/oa/group/creategroupwithoa"): create,
    ("POST", "/v3.0/oa/group/invite"): invite,
}


PICTURES = {"jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG"}  # how they begin, by their names


def upload(state: State, path: str, called: str, content: bytes) -> Json:
    image = path.endswith("/image")
    if len(content) > (LARGEST_IMAGE if image else LARGEST_FILE):
        raise OaError(-210, "file is too large")
    if image and not content.startswith(PICTURES.get(called.rpartition(".")[2], b"?")):
        raise OaError(-201, "file is no picture")
    name = state.next_id()
    state.uploads[name] = content
    return {"attachment_id": name} if image else {"token": name}

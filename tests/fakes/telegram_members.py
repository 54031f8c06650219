"""Chat members as the Bot API shows them, with the rights each kind of member must carry."""

from tests.fakes.telegram_world import Json, Standing, User

ADMIN_RIGHTS = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
]
GRANTED_TO_ADMINS = frozenset({"can_manage_chat", "can_delete_messages", "can_invite_users"})
RESTRICTED_RIGHTS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]


def member_json(user: User, standing: Standing) -> Json:
    """A `ChatMember` of the kind `standing` says; a restricted one may do nothing."""
    member: Json = {"status": standing.value, "user": user.json()}
    if standing is Standing.CREATOR:
        return {**member, "is_anonymous": False}
    if standing is Standing.ADMINISTRATOR:
        return {**member, **{right: right in GRANTED_TO_ADMINS for right in ADMIN_RIGHTS}}
    if standing is Standing.RESTRICTED:
        return {**member, "is_member": True, **dict.fromkeys(RESTRICTED_RIGHTS, False), "until_date": 0}
    if standing is Standing.KICKED:
        return {**member, "until_date": 0}
    return member
